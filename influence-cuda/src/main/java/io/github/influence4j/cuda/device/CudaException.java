/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.bytedeco.cuda.global.cublas;
import org.bytedeco.cuda.global.cudart;

/** A call of CUDA that failed. */
public final class CudaException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** The function that was called. */
  private final String function;

  /** What it returned. */
  private final int code;

  private CudaException(String function, int code, String text) {
    super(text);
    this.function = function;
    this.code = code;
  }

  /** Turns an error code of CUDA, or of our kernels, into an exception. */
  public static void check(int code, String function) {
    if (code != 0) {
      // The runtime remembers the error; the next kernel launch would report it as its own.
      cudart.cudaGetLastError();
      throw of(function, code);
    }
  }

  public static CudaException of(String function, int code) {
    String text =
        function.startsWith("cublas")
            ? cublas.cublasGetStatusString(code).getString()
            : function.startsWith("cusolver")
                ? "cuSOLVER status " + code
                : cudart.cudaGetErrorName(code).getString()
                    + ", "
                    + cudart.cudaGetErrorString(code).getString();
    return of(function, code, text);
  }

  public static CudaException of(String function, int code, String text) {
    return new CudaException(function, code, function + " returned " + code + ": " + text);
  }

  /** The same with the name of the GPU. */
  public CudaException on(String gpu) {
    CudaException named = new CudaException(function, code, gpu + ": " + getMessage());
    named.initCause(this);
    return named;
  }

  /**
   * The function that was called.
   *
   * @return its name in CUDA
   */
  public String function() {
    return function;
  }

  /**
   * What the function returned.
   *
   * @return a cudaError_t, cublasStatus_t or cusolverStatus_t, by the function's name
   */
  public int code() {
    return code;
  }
}
