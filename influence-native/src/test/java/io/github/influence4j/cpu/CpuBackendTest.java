/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cpu.memory.WorkerPool;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the contract does not ask: threads, memory, cuts between calls, and misuse. */
final class CpuBackendTest extends CpuOperations {
  @Test
  void sumsDoNotDependOnHowRowsAreCutIntoCalls() {
    Rows all = rows(3000, 50, true, false);
    for (Precision precision : Precision.values()) {
      try (ComputeBackend backend = cpu(precision, 2);
          CovarianceAccumulator once = backend.covariance(0, 51);
          CovarianceAccumulator often = backend.covariance(0, 51)) {
        backend.accumulateCovariances(List.of(new CovarianceUpdate(all, once)));
        int from = 0;
        for (int count : new int[] {1, 700, 13, 1500, 786}) {
          Rows some = part(all, from, count);
          backend.accumulateCovariances(List.of(new CovarianceUpdate(some, often)));
          often.sum(0);
          from += count;
        }
        assertThat(often.sum(0)).isEqualTo(once.sum(0));
      }
    }
  }

  private static Rows part(Rows rows, int from, int count) {
    return new Rows(
        rows.data(),
        count,
        rows.columns(),
        rows.stride(),
        rows.offset() + from * rows.stride(),
        rows.homogeneous(),
        null);
  }

  @Test
  void anExampleHasTheSameBitsInAnyBatch() {
    ExampleRows all = examples(33, 20, false, 3, 3, 40, 1, 1, 9);
    Rows activations = new Rows(all.activations().data(), 57, 20, 23, 2, false, null);
    ExampleRows batch = new ExampleRows(activations, all.gradients(), all.offsets());
    List<double[]> qa = vectors(20);
    List<double[]> qs = vectors(33);
    double[] v = normals(5 * 33 * 20);
    for (Precision precision : Precision.values()) {
      try (ComputeBackend backend = cpu(precision, 2)) {
        Rotation rotation = new Rotation(basis(backend, qa), basis(backend, qs));
        BackendTensor w = backend.upload(TensorView.of(weights(33 * 10), 33, 20));
        QueryFactors q = new QueryFactors.Dense(backend.upload(TensorView.of(v, 5, 33, 20)));
        for (int below : new int[] {0, 2, 5, 100}) {
          double[] self = backend.weightedSquares(batch, rotation, below, List.of(w))[0];
          double[] scores = backend.score(batch, q, below);
          for (int e = 0; e < 6; e++) {
            int row = all.offsets()[e];
            int count = all.offsets()[e + 1] - row;
            ExampleRows one =
                new ExampleRows(
                    part(activations, row, count),
                    part(all.gradients(), row, count),
                    new int[] {0, count});
            assertThat(backend.weightedSquares(one, rotation, below, List.of(w))[0][0])
                .isEqualTo(self[e]);
            double[] alone = backend.score(one, q, below);
            for (int i = 0; i < 5; i++) {
              assertThat(alone[i]).isEqualTo(scores[i * 6 + e]);
            }
          }
        }
      }
    }
  }

  @Test
  void aQueryHasTheSameBitsBesideAnyOthers() {
    ExampleRows rows = examples(33, 150, false, 3, 300, 1);
    double[] v = normals(40 * 33 * 150);
    for (Precision precision : Precision.values()) {
      try (ComputeBackend backend = cpu(precision, 2)) {
        QueryFactors all = new QueryFactors.Dense(backend.upload(TensorView.of(v, 40, 33, 150)));
        double[] last = Arrays.copyOfRange(v, 39 * 33 * 150, v.length);
        QueryFactors one = new QueryFactors.Dense(backend.upload(TensorView.of(last, 1, 33, 150)));
        for (int below : new int[] {0, 2, 5, 1000}) {
          double[] together = backend.score(rows, all, below);
          assertThat(backend.score(rows, one, below))
              .isEqualTo(Arrays.copyOfRange(together, 39 * 3, 40 * 3));
        }
      }
    }
  }

  @Test
  void arraysAndBuffersOfAllTypesAreReadAlike() {
    int rows = 9;
    int columns = 35;
    short[] bits = new short[rows * columns];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = (short) (0x3f80 + random.nextInt(128));
    }
    java.nio.ByteBuffer heap =
        java.nio.ByteBuffer.allocate(2 * bits.length).order(java.nio.ByteOrder.LITTLE_ENDIAN);
    java.nio.ByteBuffer odd =
        java.nio.ByteBuffer.allocateDirect(2 * bits.length + 1)
            .position(1)
            .slice()
            .order(java.nio.ByteOrder.LITTLE_ENDIAN);
    float[] floats = new float[bits.length];
    double[] doubles = new double[bits.length];
    for (int i = 0; i < bits.length; i++) {
      heap.putShort(2 * i, bits[i]);
      odd.putShort(2 * i, bits[i]);
      floats[i] = Float.intBitsToFloat(bits[i] << 16);
      doubles[i] = floats[i];
    }
    List<TensorView> views =
        List.of(
            TensorView.of(floats, rows, columns),
            TensorView.of(doubles, rows, columns),
            TensorView.of(heap, ElementType.BF16, rows, columns),
            TensorView.of(odd, ElementType.BF16, rows, columns));
    try (ComputeBackend backend = cpu(Precision.F32, 1)) {
      double[] expected = null;
      for (TensorView view : views) {
        Rows input = new Rows(view, rows, columns, columns, 0, true, null);
        try (CovarianceAccumulator sum = backend.covariance(0, columns + 1)) {
          backend.accumulateCovariances(List.of(new CovarianceUpdate(input, sum)));
          expected = expected == null ? sum.sum(0) : expected;
          assertThat(sum.sum(0)).isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void nothingWorksAfterClose() {
    ComputeBackend backend = cpu(Precision.F32, 2);
    BackendTensor tensor = backend.zeros(2, 2);
    CovarianceAccumulator covariance = backend.covariance(0, 2);
    tensor.close();
    tensor.close();
    covariance.close();
    covariance.close();
    assertThatThrownBy(tensor::toDoubles)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Tensor already closed");
    assertThatThrownBy(() -> covariance.sum(0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("Covariance already closed");
    backend.close();
    backend.close();
    assertThatThrownBy(() -> backend.zeros(1))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("CPU backend already closed");
    assertThatThrownBy(() -> backend.eigendecompose(List.of()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void threadsEndWithTheBackend() {
    ComputeBackend backend = cpu(Precision.F32, 3);
    assertThat(workers()).isGreaterThanOrEqualTo(2);
    backend.close();
    assertThat(workers()).isZero();
  }

  private static long workers() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("influence4j-cpu-"))
        .count();
  }

  @Test
  void aFailedTaskIsRethrownAndLeavesThePoolUsable() {
    try (WorkerPool pool = new WorkerPool(3, () -> {})) {
      assertThatThrownBy(
              () ->
                  pool.run(
                      100,
                      (worker, index) -> {
                        if (index == 50) {
                          throw new IllegalStateException("task 50");
                        }
                      }))
          .hasMessage("task 50");
      int[] done = new int[1000];
      pool.run(done.length, (worker, index) -> done[index]++);
      assertThat(done).containsOnly(1);
    }
  }

  @Test
  void tensorsOfAnotherBackendAreRefused() {
    try (ComputeBackend one = cpu(Precision.F32, 1);
        ComputeBackend other = cpu(Precision.F32, 1);
        BackendTensor tensor = other.zeros(1, 1)) {
      assertThatThrownBy(() -> one.concatenate(List.of(tensor)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another backend");
    }
  }

  @Test
  void concatenatesAlongTheFirstDimension() {
    try (ComputeBackend backend = cpu(Precision.F32, 1);
        BackendTensor a = backend.upload(TensorView.of(new double[] {1, 2}, 1, 2));
        BackendTensor b = backend.upload(TensorView.of(new double[] {3, 4, 5, 6}, 2, 2));
        BackendTensor all = backend.concatenate(List.of(a, b))) {
      assertThat(all.shape()).containsExactly(3, 2);
      assertThat(all.toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }
}
