/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cpu.memory.MemoryBudget;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.support.BackendOperations;
import io.github.influence4j.testing.SeededRandom;
import java.util.Random;
import java.util.concurrent.CancellationException;
import org.bytedeco.openblas.global.openblas;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** LAPACK's own routine is the oracle, to the last bit. */
class TridiagonalisationTest {
  private final MemoryBudget budget = new MemoryBudget(BackendOptions.of(Precision.F64, 1));

  private record Result(double[] matrix, double[] diagonal, double[] off, double[] scales) {}

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 31, 512, 513, 545, 700})
  void sameBitsAsLapack(int n) {
    double[] a = symmetric(n);
    Result expected = run(a, n, true, new BackendOperations("test"));
    Result actual = run(a, n, false, new BackendOperations("test"));
    assertThat(actual.diagonal).isEqualTo(expected.diagonal);
    assertThat(actual.off).isEqualTo(expected.off);
    assertThat(actual.scales).isEqualTo(expected.scales);
    assertThat(actual.matrix).isEqualTo(expected.matrix);
  }

  @Test
  void itCanBeGivenUp() {
    BackendOperations operations = new BackendOperations("test");
    Thread.currentThread().interrupt();
    try {
      assertThatExceptionOfType(CancellationException.class)
          .isThrownBy(() -> operations.run(() -> run(symmetric(600), 600, false, operations)));
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  private static double[] symmetric(int n) {
    Random random = SeededRandom.at("tridiagonalisation", n);
    double[] a = new double[n * n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        a[i * n + j] = random.nextGaussian();
        a[j * n + i] = a[i * n + j];
      }
    }
    return a;
  }

  private Result run(double[] a, int n, boolean lapack, BackendOperations operations) {
    int words = 64 * n + 64;
    try (NativeMemory matrix = new NativeMemory(budget, "test", 8L * n * n);
        NativeMemory diagonal = new NativeMemory(budget, "test", 8L * n);
        NativeMemory off = new NativeMemory(budget, "test", 8L * n);
        NativeMemory scales = new NativeMemory(budget, "test", 8L * n);
        NativeMemory work = new NativeMemory(budget, "test", 8L * words)) {
      matrix.put(0, a, 0, a.length);
      int code =
          lapack
              ? openblas.LAPACKE_dsytrd_work(
                  openblas.LAPACK_COL_MAJOR,
                  (byte) 'L',
                  n,
                  matrix.doubles(0),
                  n,
                  diagonal.doubles(0),
                  off.doubles(0),
                  scales.doubles(0),
                  work.doubles(0),
                  words)
              : new Tridiagonalisation(
                      operations,
                      n,
                      matrix.address(),
                      diagonal.address(),
                      off.address(),
                      scales.address(),
                      work.address())
                  .run(words);
      assertThat(code).isZero();
      return new Result(get(matrix, n * n), get(diagonal, n), get(off, n - 1), get(scales, n - 1));
    }
  }

  private static double[] get(NativeMemory memory, int count) {
    double[] out = new double[count];
    memory.get(0, out);
    return out;
  }
}
