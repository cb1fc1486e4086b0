/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.global.cudart;

/**
 * The primary context of a GPU, which every entry makes current on the thread that comes, and takes
 * off again: the thread has what it had before, another device, a context of its maker, or none.
 * {@code cudaSetDevice} could not restore a context that is not the primary one, and a thread that
 * had none would get one of GPU 0.
 */
public final class DeviceContext {
  private final CUctx_st context = new CUctx_st();

  private DeviceContext() {}

  /**
   * That of a device. A process has one, in which the runtime and other libraries keep what they
   * load, so it is not given back.
   */
  public static DeviceContext of(int device) {
    DeviceContext of = new DeviceContext();
    int[] handle = new int[1];
    CudaException.check(cudart.cuDeviceGet(handle, device), "cuDeviceGet");
    CudaException.check(
        cudart.cuDevicePrimaryCtxRetain(of.context, handle[0]), "cuDevicePrimaryCtxRetain");
    return of;
  }

  /** Runs an operation on the device. */
  public <T> T on(Supplier<T> operation) {
    push();
    T result;
    try {
      result = operation.get();
    } catch (RuntimeException | Error e) {
      Releases releases = new Releases();
      releases.run(DeviceContext::pop);
      releases.addTo(e);
      throw e;
    }
    pop();
    return result;
  }

  /** Frees what is on the device; tries to, too, where the device cannot be made current. */
  void freeing(Releases releases, Runnable free) {
    boolean current = releases.run(this::push);
    free.run();
    if (current) {
      releases.run(DeviceContext::pop);
    }
  }

  private void push() {
    CudaException.check(cudart.cuCtxPushCurrent(context), "cuCtxPushCurrent");
  }

  private static void pop() {
    CudaException.check(cudart.cuCtxPopCurrent(new CUctx_st()), "cuCtxPopCurrent");
  }
}
