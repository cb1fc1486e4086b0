/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.support.BackendOperations;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.function.Supplier;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;

/**
 * What one backend holds of a GPU: a stream, memory, staging buffers and library handles. One lock
 * guards all of it; tensors and accumulators share the lock of their backend. Several engines, on
 * one device or on several, do not know of each other.
 */
public final class Engine {
  private static final Logger LOGGER = System.getLogger(Engine.class.getName());

  private final BackendOperations operations = new BackendOperations("ComputeBackend");
  private final int device;
  private final DeviceContext context;
  private final Precision precision;
  private final int covariancePath;
  private final int products;
  private final Tuning tuning;
  private final CUstream_st stream = new CUstream_st();
  private final MemoryBudget budget;
  private final Scratch scratch;
  private final DeviceHeap heap;
  private final Staging staging;
  private final Steps steps;
  private final LentMemory lent;
  private final Blas blas;
  private final Cusolver cusolver;
  private final Address pointer = new Address();
  private final Address secondPointer = new Address();
  private boolean freed;

  public Engine(int device, BackendOptions options, Tuning tuning) {
    this.device = device;
    this.context = DeviceContext.of(device);
    this.precision = options.precision();
    this.covariancePath = TypeCode.covariancePath(options);
    this.products = TypeCode.products(options);
    this.tuning = tuning;
    this.budget = new MemoryBudget(options.maxMemory(), tuning);
    this.scratch = new Scratch(budget);
    this.heap = scratch.heap();
    this.staging = new Staging(stream, budget, options.threads());
    this.steps = new Steps(stream);
    this.lent = new LentMemory(device, stream);
    this.blas = new Blas(options.tensorCores());
    this.cusolver = new Cusolver();
    try {
      requireTensorCores(options.tensorCores(), device);
      context.on(this::open);
    } catch (RuntimeException e) {
      Releases releases = new Releases();
      context.freeing(releases, () -> release(releases));
      releases.addTo(e);
      throw e;
    }
  }

  private Engine open() {
    CudaException.check(
        cudart.cudaStreamCreateWithFlags(stream, cudart.cudaStreamNonBlocking),
        "cudaStreamCreateWithFlags");
    staging.open();
    steps.open();
    lent.open();
    blas.open(stream);
    cusolver.open(stream);
    return this;
  }

  /** Turing's tensor cores know neither TF32 nor bfloat16. */
  private static void requireTensorCores(TensorCores asked, int device) {
    if (asked == TensorCores.OFF) {
      return;
    }
    int[] major = new int[1];
    CudaException.check(
        cudart.cudaDeviceGetAttribute(major, cudart.cudaDevAttrComputeCapabilityMajor, device),
        "cudaDeviceGetAttribute");
    if (major[0] < 8) {
      throw new IllegalArgumentException(
          "TensorCores."
              + asked
              + " needs a GPU of compute capability 8.0 or higher, GPU "
              + device
              + " has "
              + major[0]
              + ".x; choose TensorCores.OFF.");
    }
  }

  /** Runs an operation under the lock, on our device. */
  public <T> T locked(Supplier<T> operation) {
    return operations.run(
        () ->
            context.on(
                () -> {
                  beginStep();
                  return givingBack(operation);
                }));
  }

  /** Ends a long operation that was given up. */
  public void checkInterrupted() {
    operations.checkInterrupted();
  }

  /** The lock. */
  public BackendOperations operations() {
    return operations;
  }

  /** Frees blocks that were not freed yet; for when no operation runs. */
  public Runnable freeing(DeviceMemory... memory) {
    return () -> freeNow(memory);
  }

  private <T> T givingBack(Supplier<T> operation) {
    try {
      T result = operation.get();
      lent.giveBack();
      return result;
    } catch (RuntimeException e) {
      lent.giveBack(e);
      throw e;
    }
  }

  /** Runs an operation without a result. */
  public void run(Runnable operation) {
    locked(
        () -> {
          operation.run();
          return true;
        });
  }

  /** Frees memory when no operation runs; does nothing after {@link #close}. */
  public void free(DeviceMemory memory) {
    operations.release(() -> freeNow(memory));
  }

  private void freeNow(DeviceMemory... memory) {
    if (freed || Arrays.stream(memory).allMatch(DeviceMemory::freed)) {
      return;
    }
    Releases releases = new Releases();
    context.freeing(
        releases,
        () -> {
          for (DeviceMemory block : memory) {
            if (!block.freed()) {
              releases.run(() -> heap.free(block));
            }
          }
        });
    releases.rethrow();
  }

  /** Allocates memory that its owner frees, all bytes zero. */
  public DeviceMemory zeros(long bytes, MemoryUse use) {
    DeviceMemory memory = heap.allocate(bytes, use);
    try {
      clear(memory.address(), bytes);
      return memory;
    } catch (RuntimeException e) {
      discard(memory, e);
      throw e;
    }
  }

  /** Frees after a failure, which stays the one that is thrown. */
  public void discard(DeviceMemory memory, RuntimeException cause) {
    Releases releases = new Releases();
    releases.run(() -> heap.free(memory));
    releases.addTo(cause);
  }

  public void clear(long address, long bytes) {
    if (bytes > 0) {
      CudaException.check(
          cudart.cudaMemsetAsync(pointer.at(address), 0, bytes, stream), "cudaMemsetAsync");
    }
  }

  /** Clears part of each of some rows that lie {@code pitch} bytes apart. */
  public void clear(long address, long pitch, long width, long rows) {
    if (width > 0 && rows > 0) {
      CudaException.check(
          cudart.cudaMemset2DAsync(pointer.at(address), pitch, 0, width, rows, stream),
          "cudaMemset2DAsync");
    }
  }

  public void copy(long to, long from, long bytes) {
    if (bytes > 0) {
      CudaException.check(
          cudart.cudaMemcpyAsync(
              pointer.at(to),
              secondPointer.at(from),
              bytes,
              cudart.cudaMemcpyDeviceToDevice,
              stream),
          "cudaMemcpyAsync");
    }
  }

  public DeviceHeap heap() {
    return heap;
  }

  public MemoryBudget budget() {
    return budget;
  }

  /** Begins a step of an operation, which needs nothing that earlier ones left in the scratch. */
  public void beginStep() {
    steps.next();
    scratch.begin();
  }

  /**
   * Memory for rows of the host, that the step before does not read.
   *
   * @param side {@code RAW_ACTIVATIONS} or {@code RAW_GRADIENTS}
   */
  public long arrivals(Scratch.Slot side, long bytes) {
    return scratch(steps.slot(side), bytes);
  }

  /**
   * Copies to {@link #arrivals} of this step, beside the kernels of the step before.
   *
   * @param unit chunks are multiples of it
   */
  public void upload(long to, long bytes, int unit, Staging.Chunk fill) {
    staging.uploadAhead(to, bytes, unit, fill, steps.lastOfTurn());
  }

  public long scratch(Scratch.Slot slot, long bytes) {
    return scratch.get(slot, bytes, MemoryUse.WORK);
  }

  public long scratch(Scratch.Slot slot, long bytes, MemoryUse use) {
    return scratch.get(slot, bytes, use);
  }

  public Staging staging() {
    return staging;
  }

  public LentMemory lent() {
    return lent;
  }

  public Blas blas() {
    return blas;
  }

  public Cusolver cusolver() {
    return cusolver;
  }

  public Tuning tuning() {
    return tuning;
  }

  /** The number of the GPU. */
  public int device() {
    return device;
  }

  /** Waits for all that is queued. */
  public void synchronize() {
    CudaException.check(cudart.cudaStreamSynchronize(stream), "cudaStreamSynchronize");
  }

  /** The stream as kernels take it. */
  public long stream() {
    return stream.address();
  }

  public Precision precision() {
    return precision;
  }

  /** What kernels call the precision. */
  public int kernelPrecision() {
    return TypeCode.of(precision.type());
  }

  /** What kernels that multiply call it, with the rounding of their operands. */
  public int productPrecision() {
    return products;
  }

  /** What the covariance kernels call the way of computing. */
  public int covariancePath() {
    return covariancePath;
  }

  public int elementBytes() {
    return precision.type().bytes();
  }

  /** Elements from one packed row to the next: rows start at multiples of 32 bytes. */
  public static long stride(int columns, ElementType type) {
    long unit = 32 / type.bytes();
    return (columns + unit - 1) / unit * unit;
  }

  /** Closes the backend and frees everything, what callers did not close too. Idempotent. */
  public void close() {
    operations.close(this::freeAll);
  }

  /** Frees everything; for when no operation runs. */
  public void freeAll() {
    freed = true;
    int forgotten = heap.blocks() - scratch.count();
    if (forgotten > 0) {
      LOGGER.log(
          Level.WARNING,
          "{0} tensors or accumulators ({1} bytes) were not closed before their CUDA backend;"
              + " close QueryFactors, FittedCurvature and accumulators.",
          forgotten,
          heap.bytes() - scratch.bytes());
    }
    Releases releases = new Releases();
    context.freeing(releases, () -> release(releases));
    releases.rethrow();
  }

  private void release(Releases releases) {
    heap.close(releases);
    cusolver.close(releases);
    blas.close(releases);
    lent.close(releases);
    staging.close(releases);
    steps.close(releases);
    if (!stream.isNull()) {
      releases.run(
          () -> CudaException.check(cudart.cudaStreamDestroy(stream), "cudaStreamDestroy"));
      stream.setNull();
    }
  }
}
