/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.MemoryLocator;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.support.BackendOperations;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * The GPUs, each with a backend of its own. Here they are told apart by their place in the list;
 * errors name them by CUDA's numbers.
 */
final class Devices {
  /** What {@link #of} says of memory that is on none of them. */
  static final int NONE = -1;

  private final BackendOperations operations = new BackendOperations("ComputeBackend");
  private final List<Gpu> gpus;
  private final MemoryLocator locator;

  /** Which device has read memory of another, by the memory's address. */
  private final Map<Long, Integer> readers = new ConcurrentHashMap<>();

  Devices(List<Gpu> gpus, MemoryLocator locator) {
    this.gpus = List.copyOf(gpus);
    this.locator = locator;
  }

  /** How many there are. */
  int count() {
    return gpus.size();
  }

  /** What closes tensors, and all of them. */
  BackendOperations operations() {
    return operations;
  }

  /** Runs an operation on one of them, whose name is in its errors. */
  <T> T on(int device, Function<ComputeBackend, T> operation) {
    requireOpen();
    String name = "GPU " + gpus.get(device).number();
    try {
      return operation.apply(gpus.get(device).backend());
    } catch (CancellationException e) {
      throw e;
    } catch (CudaException e) {
      throw e.on(name);
    } catch (IllegalStateException e) {
      String shared = name + ", one of " + gpus.size() + " that share maxMemory: ";
      throw new IllegalStateException(shared + e.getMessage(), e);
    } catch (ArithmeticException e) {
      ArithmeticException named = new ArithmeticException(name + ": " + e.getMessage());
      named.initCause(e);
      throw named;
    }
  }

  /** The same without a result. */
  void run(int device, Consumer<ComputeBackend> operation) {
    on(
        device,
        gpu -> {
          operation.accept(gpu);
          return true;
        });
  }

  /** What all of them say, added up. */
  long sum(ToLongFunction<ComputeBackend> bytes) {
    long sum = 0;
    for (int device = 0; device < gpus.size(); device++) {
      sum += on(device, bytes::applyAsLong);
    }
    return sum;
  }

  /** Refuses to go on after closing, without waiting for anybody. */
  void requireOpen() {
    if (operations.isClosed()) {
      throw new IllegalStateException("ComputeBackend already closed");
    }
  }

  /** Where a tensor is that a caller lends. */
  int of(TensorView tensor) {
    if (tensor.device() == null || tensor.elements() == 0) {
      return NONE;
    }
    int number = locator.gpuOf(tensor);
    for (int device = 0; device < gpus.size(); device++) {
      if (gpus.get(device).number() == number) {
        return device;
      }
    }
    return NONE;
  }

  /** A tensor where a device can read it: by way of the host where it is on another of them. */
  TensorView readable(int device, TensorView tensor) {
    int place = of(tensor);
    if (place == NONE || place == device) {
      return tensor;
    }
    readers.computeIfPresent(address(tensor), (memory, reader) -> device);
    return on(place, gpu -> gpu.toHost(tensor));
  }

  private static long address(TensorView tensor) {
    return Objects.requireNonNull(tensor.device()).address();
  }

  /** Notes from now on who reads memory, which is a device's own. */
  void watch(TensorView memory, int device) {
    readers.put(address(memory), device);
  }

  /** The device that has read memory that was watched till now. */
  int reader(TensorView memory) {
    return Objects.requireNonNull(readers.remove(address(memory)));
  }

  Rows readable(int device, Rows rows) {
    TensorView data = rows.data();
    TensorView readable = readable(device, data);
    return readable == data ? rows : rows.withData(readable);
  }

  ExampleRows readable(int device, ExampleRows rows) {
    Rows activations = readable(device, rows.activations());
    return new ExampleRows(activations, readable(device, rows.gradients()), rows.offsets());
  }

  /** Closes all backends. */
  void close() {
    Together.each(gpus.stream().<Runnable>map(gpu -> gpu.backend()::close).toList());
  }
}
