/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.bytedeco.javacpp.annotation.MemberGetter;
import org.bytedeco.javacpp.annotation.NoException;
import org.bytedeco.javacpp.annotation.Platform;
import org.bytedeco.javacpp.annotation.Properties;

/**
 * Constants {@code INFL_X} and {@code INFL_CUDA_X} of {@code influence_cuda.h}, which documents
 * them. {@link KernelLibrary#load} comes first.
 */
@Properties(
    @Platform(
        value = "linux-x86_64",
        include = "influence_cuda.h",
        link = "influence_cuda#",
        library = "jniKernels"))
@NoException
public final class KernelConstants {
  static {
    Kernels.abiVersion(); // Loads the library.
  }

  static final int F32 = INFL_F32();
  public static final int F64 = INFL_F64();
  static final int F16 = INFL_F16();
  static final int BF16 = INFL_BF16();
  static final int TF32_PRODUCTS = INFL_TF32_PRODUCTS();
  static final int BF16_PRODUCTS = INFL_BF16_PRODUCTS();
  static final int COVARIANCE_F32 = INFL_COVARIANCE_F32();
  static final int COVARIANCE_F64 = INFL_COVARIANCE_F64();
  static final int COVARIANCE_TF32 = INFL_COVARIANCE_TF32();
  static final int COVARIANCE_BF16 = INFL_COVARIANCE_BF16();
  static final int SEGMENT_ROWS = INFL_CUDA_SEGMENT_ROWS();
  static final int TENSOR_SEGMENT_ROWS = INFL_CUDA_TENSOR_SEGMENT_ROWS();
  public static final int GROUP_ROWS = INFL_CUDA_GROUP_ROWS();
  public static final int MAX_WEIGHTS = INFL_CUDA_MAX_WEIGHTS();
  public static final int MAX_TOP_K = INFL_CUDA_MAX_TOP_K();

  private KernelConstants() {}

  @MemberGetter
  private static native int INFL_F32();

  @MemberGetter
  private static native int INFL_F64();

  @MemberGetter
  private static native int INFL_F16();

  @MemberGetter
  private static native int INFL_BF16();

  @MemberGetter
  private static native int INFL_TF32_PRODUCTS();

  @MemberGetter
  private static native int INFL_BF16_PRODUCTS();

  @MemberGetter
  private static native int INFL_COVARIANCE_F32();

  @MemberGetter
  private static native int INFL_COVARIANCE_F64();

  @MemberGetter
  private static native int INFL_COVARIANCE_TF32();

  @MemberGetter
  private static native int INFL_COVARIANCE_BF16();

  @MemberGetter
  private static native int INFL_CUDA_SEGMENT_ROWS();

  @MemberGetter
  private static native int INFL_CUDA_TENSOR_SEGMENT_ROWS();

  @MemberGetter
  private static native int INFL_CUDA_GROUP_ROWS();

  @MemberGetter
  private static native int INFL_CUDA_MAX_WEIGHTS();

  @MemberGetter
  private static native int INFL_CUDA_MAX_TOP_K();
}
