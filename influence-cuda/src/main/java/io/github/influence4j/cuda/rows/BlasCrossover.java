/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.cuda.device.CudaSettings;
import io.github.influence4j.cuda.device.DeviceMemory;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.cuda.device.Tuning;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;

/**
 * From which size on products go to cuBLAS: where it is faster than our kernel, by a short table
 * that is measured once for a GPU and a way of multiplying. All backends of a JVM on that GPU
 * choose alike, so a run has the same bits whatever else it is cut into; another JVM may measure
 * otherwise, and gets other roundings then, unless {@link CudaSettings#BLAS_FROM} says the size.
 */
public final class BlasCrossover {
  private static final List<Integer> SIZES = List.of(32, 64, 128, 256);

  /** As cuBLAS is called for rows of examples. */
  private static final int ROWS = Products.ROWS;

  private static final int SAMPLES = 3;
  private static final int LAUNCHES = 4;

  /** Products by their name in kernels. */
  private record Key(int device, int products) {}

  private static final Map<Key, Integer> KNOWN = new ConcurrentHashMap<>();

  /** Tells how long a product takes. */
  @FunctionalInterface
  interface Clock {
    /**
     * Measures, or asks.
     *
     * @param size columns and inner size
     * @param byBlas by cuBLAS, else by our kernel
     * @return nanoseconds
     */
    long nanos(int size, boolean byBlas);
  }

  private BlasCrossover() {}

  /**
   * The size for an engine; called on its device, before it holds anything.
   *
   * @return what its tuning or the user says, else what was measured in this JVM
   */
  public static int of(Engine engine, Gemm gemm) {
    int tuned = engine.tuning().blasFrom();
    OptionalInt said = CudaSettings.blasFrom();
    if (tuned != Tuning.MEASURED || said.isPresent()) {
      return tuned == Tuning.MEASURED ? said.getAsInt() : tuned;
    }
    return once(engine.device(), engine.productPrecision(), () -> measured(engine, gemm, SIZES));
  }

  /** The table of a GPU, which nobody else measures meanwhile. */
  static int once(int device, int products, IntSupplier measure) {
    return KNOWN.computeIfAbsent(new Key(device, products), key -> measure.getAsInt());
  }

  /** Measures; where there is no room for it, the size that was estimated. */
  static int measured(Engine engine, Gemm gemm, List<Integer> sizes) {
    long side = sizes.get(sizes.size() - 1);
    long matrix = Math.max(ROWS, side) * side * engine.elementBytes();
    if (engine.budget().free() < 3 * matrix) {
      return Tuning.ESTIMATED_BLAS_FROM;
    }
    DeviceMemory memory = engine.zeros(3 * matrix, MemoryUse.WORK);
    long a = memory.address();
    try {
      int from =
          from(
              sizes,
              (size, byBlas) -> nanos(engine, gemm, size, byBlas, a, a + matrix, a + 2 * matrix));
      engine.free(memory);
      return from;
    } catch (RuntimeException e) {
      engine.discard(memory, e);
      throw e;
    }
  }

  /**
   * Reads the table from its end.
   *
   * @param sizes ascending
   * @return the smallest size from which on cuBLAS is faster at each; larger products than the
   *     table has are its anyway
   */
  static int from(List<Integer> sizes, Clock clock) {
    int from = 2 * sizes.get(sizes.size() - 1);
    for (int i = sizes.size() - 1; i >= 0; i--) {
      int size = sizes.get(i);
      if (clock.nanos(size, true) >= clock.nanos(size, false)) {
        return from;
      }
      from = size;
    }
    return from;
  }

  /** The least of some samples, after one launch that loads what is loaded once. */
  private static long nanos(
      Engine engine, Gemm gemm, int size, boolean byBlas, long a, long b, long c) {
    Product product = Product.plain(ROWS, size, size, size, size, size);
    long least = Long.MAX_VALUE;
    for (int sample = -1; sample < SAMPLES; sample++) {
      engine.synchronize();
      long start = System.nanoTime();
      for (int launch = 0; launch < (sample < 0 ? 1 : LAUNCHES); launch++) {
        if (byBlas) {
          gemm.blas(product, a, b, c);
        } else {
          gemm.kernel(product, a, b, c);
        }
      }
      engine.synchronize();
      least = sample < 0 ? least : Math.min(least, System.nanoTime() - start);
    }
    return least;
  }
}
