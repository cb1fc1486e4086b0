/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Two pinned buffers through which everything goes between host and device: while the GPU copies
 * one, the host's threads fill the other, or one reads it. What is uploaded ahead goes by a stream
 * of its own, beside the kernels of earlier steps.
 */
public final class Staging {
  /** Fills or reads a buffer of little-endian bytes. */
  public interface Chunk {
    /**
     * Does one chunk, or a part of one, beside other threads that do others.
     *
     * @param buffer from position 0 to its limit
     * @param from first byte of the chunk within the whole
     */
    void accept(ByteBuffer buffer, long from);
  }

  // A part of 8 MiB / 32 takes a thread 30 us and more, waking it up takes less.
  private static final int PARTS = 32;

  private static final class Half {
    final BytePointer memory = new BytePointer((Pointer) null);
    final CUevent_st event = new CUevent_st();
    ByteBuffer bytes = ByteBuffer.allocate(0); // the memory, once there is some

    // A copy was queued that may not be over; recorded: the event tells when it is.
    boolean busy;
    boolean recorded;
    boolean ahead;
  }

  private final CUstream_st stream;
  private final CUstream_st copies = new CUstream_st();
  private final MemoryBudget budget;
  private final Packers packers;
  private final int size;
  private final Half[] halves = {new Half(), new Half()};
  private final Address device = new Address();
  private int turn;

  Staging(CUstream_st stream, MemoryBudget budget, int threads) {
    this.stream = stream;
    this.budget = budget;
    this.size = budget.staging();
    this.packers = new Packers(threads, size / PARTS);
  }

  /** Allocates the buffers; {@link #close} frees what was, also after a failure. */
  void open() {
    CudaException.check(
        cudart.cudaStreamCreateWithFlags(copies, cudart.cudaStreamNonBlocking),
        "cudaStreamCreateWithFlags");
    for (Half half : halves) {
      budget.take(size, MemoryUse.STAGING);
      CudaException.check(
          cudart.cudaHostAlloc(half.memory, size, cudart.cudaHostAllocDefault), "cudaHostAlloc");
      half.bytes = half.memory.capacity(size).asByteBuffer();
      CudaException.check(
          cudart.cudaEventCreateWithFlags(half.event, cudart.cudaEventDisableTiming),
          "cudaEventCreateWithFlags");
    }
  }

  /** Largest chunk. */
  public int size() {
    return size;
  }

  /**
   * Copies to the device, after all work queued so far; returns when everything was read from the
   * host.
   *
   * @param to device address
   * @param bytes how many
   * @param unit chunks are multiples of it
   * @param fill called for one chunk after the other
   */
  public void upload(long to, long bytes, int unit, Chunk fill) {
    copy(to, bytes, unit, fill, false);
  }

  /**
   * The same beside the work queued so far, after {@code free} only. What is queued next waits for
   * the copies.
   *
   * @param free says when the memory that is copied to is no longer read
   */
  void uploadAhead(long to, long bytes, int unit, Chunk fill, CUevent_st free) {
    CudaException.check(cudart.cudaStreamWaitEvent(copies, free, 0), "cudaStreamWaitEvent");
    copy(to, bytes, unit, fill, true);
    CudaException.check(
        cudart.cudaStreamWaitEvent(stream, halves[turn].event, 0), "cudaStreamWaitEvent");
  }

  private void copy(long to, long bytes, int unit, Chunk fill, boolean ahead) {
    int step = size / unit * unit;
    for (long from = 0; from < bytes; from += step) {
      int count = (int) Math.min(step, bytes - from);
      Half half = next();
      long start = from;
      packers.fill(count, unit, (first, end) -> fill.accept(view(half, first, end), start + first));
      begin(half, ahead);
      CudaException.check(
          cudart.cudaMemcpyAsync(
              device.at(to + from),
              half.memory,
              count,
              cudart.cudaMemcpyHostToDevice,
              streamOf(half)),
          "cudaMemcpyAsync");
      record(half);
    }
  }

  private CUstream_st streamOf(Half half) {
    return half.ahead ? copies : stream;
  }

  private static void begin(Half half, boolean ahead) {
    half.busy = true;
    half.recorded = false;
    half.ahead = ahead;
  }

  /**
   * Copies from the device, after all work queued so far.
   *
   * @param from device address
   * @param bytes how many
   * @param read called for one chunk after the other
   */
  public void download(long from, long bytes, Chunk read) {
    if (bytes == 0) {
      return;
    }
    long queued = 0;
    Half reading = queue(from, queued, bytes);
    for (long done = 0; done < bytes; done += size) {
      queued += size;
      Half following = queued < bytes ? queue(from, queued, bytes) : reading;
      await(reading);
      read.accept(view(reading, 0, (int) Math.min(size, bytes - done)), done);
      reading = following;
    }
  }

  private Half queue(long from, long offset, long bytes) {
    Half half = next();
    begin(half, false);
    long count = Math.min(size, bytes - offset);
    CudaException.check(
        cudart.cudaMemcpyAsync(
            half.memory, device.at(from + offset), count, cudart.cudaMemcpyDeviceToHost, stream),
        "cudaMemcpyAsync");
    record(half);
    return half;
  }

  private void record(Half half) {
    CudaException.check(cudart.cudaEventRecord(half.event, streamOf(half)), "cudaEventRecord");
    half.recorded = true;
  }

  private Half next() {
    turn = 1 - turn;
    await(halves[turn]);
    return halves[turn];
  }

  private void await(Half half) {
    if (!half.busy) {
      return;
    }
    if (half.recorded) {
      CudaException.check(cudart.cudaEventSynchronize(half.event), "cudaEventSynchronize");
    } else {
      CudaException.check(cudart.cudaStreamSynchronize(streamOf(half)), "cudaStreamSynchronize");
    }
    half.busy = false;
  }

  private static ByteBuffer view(Half half, int first, int end) {
    return half.bytes.slice(first, end - first).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Frees what {@link #open} allocated. */
  public void close(Releases releases) {
    packers.close();
    if (!copies.isNull()) {
      releases.run(
          () -> CudaException.check(cudart.cudaStreamDestroy(copies), "cudaStreamDestroy"));
      copies.setNull();
    }
    for (Half half : halves) {
      if (!half.event.isNull()) {
        releases.run(
            () -> CudaException.check(cudart.cudaEventDestroy(half.event), "cudaEventDestroy"));
        half.event.setNull();
      }
      if (!half.memory.isNull()) {
        releases.run(() -> CudaException.check(cudart.cudaFreeHost(half.memory), "cudaFreeHost"));
        half.memory.setNull();
      }
    }
  }
}
