/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.DeviceAddress;
import io.github.influence4j.capture.TensorView;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudart.cudaPointerAttributes;
import org.bytedeco.cuda.global.cudart;

/**
 * Device memory that callers lend for one operation. Our stream waits for theirs before it reads,
 * and theirs for ours when the operation is queued; the host waits for neither.
 */
public final class LentMemory {
  /** {@code cudaStreamPerThread}; 0 and 1 both are the legacy default stream. */
  private static final long PER_THREAD = 2;

  private final int device;
  private final CUstream_st stream;
  private final CUevent_st event = new CUevent_st();
  private final cudaPointerAttributes attributes = new cudaPointerAttributes();
  private final Address pointer = new Address();
  private final Address.Stream other = new Address.Stream();

  /** Of the lenders, in this operation. */
  private final Set<Long> streams = new LinkedHashSet<>();

  LentMemory(int device, CUstream_st stream) {
    this.device = device;
    this.stream = stream;
  }

  /** Makes the event; {@link #close} destroys it. */
  void open() {
    CudaException.check(
        cudart.cudaEventCreateWithFlags(event, cudart.cudaEventDisableTiming),
        "cudaEventCreateWithFlags");
  }

  /**
   * The address of a tensor on the device, for work that is queued on our stream from now until
   * {@link #giveBack}.
   */
  public long borrow(TensorView tensor) {
    DeviceAddress lent = Objects.requireNonNull(tensor.device());
    if (tensor.elements() == 0) {
      return lent.address();
    }
    requireOneStream(tensor, lent);
    requireOnDevice(tensor, lent);
    if (streams.add(lent.stream())) {
      CudaException.check(
          cudart.cudaEventRecord(event, other.at(lent.stream())), "cudaEventRecord");
      CudaException.check(cudart.cudaStreamWaitEvent(stream, event, 0), "cudaStreamWaitEvent");
    }
    return lent.address();
  }

  private static void requireOneStream(TensorView tensor, DeviceAddress lent) {
    if (lent.stream() == PER_THREAD) {
      throw new IllegalArgumentException(
          "Tensor "
              + tensor
              + " is lent in the order of cudaStreamPerThread, which is another stream in each"
              + " thread; pass a stream that was created, or 0 for the legacy default stream.");
    }
  }

  /** The number of the GPU on which memory lies, below 0 if on none. Asked on any device. */
  static int gpuOf(cudaPointerAttributes attributes, Address pointer, long address) {
    CudaException.check(
        cudart.cudaPointerGetAttributes(attributes, pointer.at(address)),
        "cudaPointerGetAttributes");
    int type = attributes.type();
    boolean onGpu = type == cudart.cudaMemoryTypeDevice || type == cudart.cudaMemoryTypeManaged;
    return onGpu ? attributes.device() : -1;
  }

  private void requireOnDevice(TensorView tensor, DeviceAddress lent) {
    int gpu = gpuOf(attributes, pointer, lent.address());
    boolean onGpu = gpu >= 0;
    if (gpu != device) {
      throw new IllegalArgumentException(
          "Tensor "
              + tensor
              + " is "
              + (onGpu ? "on GPU " + gpu : "in host memory")
              + ", but the backend computes on GPU "
              + device
              + "; "
              + (onGpu
                  ? "move it there, or name that GPU by devices(..) of the builder"
                  : "pass host memory with TensorView.of")
              + ".");
    }
  }

  /** Makes the lenders' streams wait for all that is queued on ours; if they cannot, we do. */
  public void giveBack() {
    if (streams.isEmpty()) {
      return;
    }
    try {
      CudaException.check(cudart.cudaEventRecord(event, stream), "cudaEventRecord");
      for (long lender : streams) {
        CudaException.check(
            cudart.cudaStreamWaitEvent(other.at(lender), event, 0), "cudaStreamWaitEvent");
      }
    } catch (RuntimeException e) {
      Releases releases = new Releases();
      releases.run(
          () -> CudaException.check(cudart.cudaStreamSynchronize(stream), "cudaStreamSynchronize"));
      releases.addTo(e);
      throw e;
    } finally {
      streams.clear();
    }
  }

  /** The same after a failure, which stays the one that is thrown. */
  public void giveBack(RuntimeException cause) {
    Releases releases = new Releases();
    releases.run(this::giveBack);
    releases.addTo(cause);
  }

  public void close(Releases releases) {
    if (!event.isNull()) {
      releases.run(() -> CudaException.check(cudart.cudaEventDestroy(event), "cudaEventDestroy"));
      event.setNull();
    }
  }
}
