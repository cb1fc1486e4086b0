/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** How a backend is to run. */
public final class BackendOptions {
  /** More than any machine runs at once, and few enough to be started. */
  private static final int MOST_THREADS = 4096;

  private final Precision precision;
  private final int threads;
  private final TensorCores tensorCores;
  private final long maxMemory;
  private final List<Integer> devices;

  /** Checks the thread count, the tensor cores and the devices. */
  private BackendOptions(
      Precision precision,
      int threads,
      TensorCores tensorCores,
      long maxMemory,
      List<Integer> devices) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads must be at least 1, got " + threads);
    }
    if (threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads must be at most " + MOST_THREADS + ", got " + threads);
    }
    if (precision == Precision.F64 && tensorCores != TensorCores.OFF) {
      throw new IllegalArgumentException(
          "Tensor cores in "
              + tensorCores
              + " contradict precision F64; choose F32, or TensorCores.OFF.");
    }
    if (devices.stream().anyMatch(device -> device < 0)) {
      throw new IllegalArgumentException("devices are numbers from 0 on, got " + devices);
    }
    if (Set.copyOf(devices).size() < devices.size()) {
      throw new IllegalArgumentException("devices must not name one twice, got " + devices);
    }
    this.precision = Objects.requireNonNull(precision, "precision");
    this.threads = threads;
    this.tensorCores = Objects.requireNonNull(tensorCores, "tensorCores");
    this.maxMemory = maxMemory;
    this.devices = List.copyOf(devices);
  }

  /**
   * Without tensor cores, with as much memory as there is, on the devices that the backend takes by
   * itself.
   *
   * @param precision the arithmetic
   * @param threads how many threads it may use, the calling one included; 1 to 4096
   * @return the options
   */
  public static BackendOptions of(Precision precision, int threads) {
    return new BackendOptions(precision, threads, TensorCores.OFF, Long.MAX_VALUE, List.of());
  }

  /**
   * Allows another number of threads.
   *
   * @param count how many it may use, the calling one included; 1 to 4096
   * @return a copy
   */
  public BackendOptions withThreads(int count) {
    return new BackendOptions(precision, count, tensorCores, maxMemory, devices);
  }

  /**
   * Lets covariances lose accuracy for speed; not with F64.
   *
   * @param cores off, or how inputs are rounded
   * @return a copy
   */
  public BackendOptions withTensorCores(TensorCores cores) {
    return new BackendOptions(precision, threads, cores, maxMemory, devices);
  }

  /**
   * Bounds what it may hold at a time: tensors, accumulators, work of operations. A backend that
   * counts them refuses more.
   *
   * @param bytes the budget
   * @return a copy
   */
  public BackendOptions withMaxMemory(long bytes) {
    return new BackendOptions(precision, threads, tensorCores, bytes, devices);
  }

  /**
   * Names the devices to run on, of which {@link BackendProvider#availability(List)} was asked.
   *
   * @param numbers of different devices; none for those that the backend takes by itself
   * @return a copy
   */
  public BackendOptions withDevices(List<Integer> numbers) {
    return new BackendOptions(precision, threads, tensorCores, maxMemory, numbers);
  }

  /**
   * The arithmetic.
   *
   * @return the precision
   */
  public Precision precision() {
    return precision;
  }

  /**
   * How many threads it may use, the calling one included.
   *
   * @return at least 1
   */
  public int threads() {
    return threads;
  }

  /**
   * Whether covariances may lose accuracy for speed.
   *
   * @return off, or how inputs are rounded
   */
  public TensorCores tensorCores() {
    return tensorCores;
  }

  /**
   * What it may hold at a time.
   *
   * @return bytes
   */
  public long maxMemory() {
    return maxMemory;
  }

  /**
   * The devices to run on.
   *
   * @return numbers; empty for those that the backend takes by itself
   */
  public List<Integer> devices() {
    return devices;
  }
}
