/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cuda.device.Address;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.cuda.device.Transfers;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Another user of the GPU, with a stream of its own: writes tensors there, lends them, and reuses
 * their memory in the order of its stream. It waits for no one, so that a backend that does not
 * either reads what is not there yet, or no more.
 */
final class Lender implements AutoCloseable {
  private record Lent(BytePointer host, Address device, long bytes) {}

  private static final class Handle extends CUstream_st {
    Handle(long handle) {
      address = handle;
    }
  }

  private final CUstream_st stream;
  private final boolean ours;
  private final List<Lent> lent = new ArrayList<>();

  Lender() {
    stream = new CUstream_st();
    ours = true;
    check(
        cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
        "cudaStreamCreateWithFlags");
  }

  /** On a stream that always is, such as 0. */
  Lender(long handle) {
    stream = new Handle(handle);
    ours = false;
  }

  /** Queues the copy of a tensor to the device, into memory full of NaNs. */
  TensorView lend(TensorView tensor) {
    long bytes = (long) tensor.elements() * tensor.type().bytes();
    Lent copy = new Lent(new BytePointer(Math.max(1, bytes)), new Address(), bytes);
    Transfers.copy(
        tensor, 0, tensor.elements(), copy.host().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN), 0);
    check(cudart.cudaMalloc(copy.device(), Math.max(1, bytes)), "cudaMalloc");
    lent.add(copy);
    poison(copy);
    check(
        cudart.cudaMemcpyAsync(
            copy.device(), copy.host(), bytes, cudart.cudaMemcpyHostToDevice, stream),
        "cudaMemcpyAsync");
    return TensorView.onDevice(
        copy.device().address(), stream.address(), tensor.type(), tensor.shape());
  }

  private void poison(Lent copy) {
    check(cudart.cudaMemsetAsync(copy.device(), 0xFF, copy.bytes(), stream), "cudaMemsetAsync");
  }

  /** Queues NaNs into all that was lent, and frees it once they are there. */
  void reuse() {
    Releases releases = new Releases();
    for (Lent copy : lent) {
      releases.run(() -> poison(copy));
    }
    releases.run(() -> check(cudart.cudaStreamSynchronize(stream), "cudaStreamSynchronize"));
    for (Lent copy : lent) {
      releases.run(() -> check(cudart.cudaFree(copy.device()), "cudaFree"));
      releases.run(((Pointer) copy.host())::close);
    }
    lent.clear();
    releases.rethrow();
  }

  @Override
  public void close() {
    Releases releases = new Releases();
    releases.run(this::reuse);
    if (ours) {
      releases.run(() -> check(cudart.cudaStreamDestroy(stream), "cudaStreamDestroy"));
    }
    releases.rethrow();
  }

  private static void check(int code, String function) {
    CudaException.check(code, function);
  }
}
