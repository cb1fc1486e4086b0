/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the contract test does not ask: memory, threads, several backends. */
@ExtendWith(Leaks.class)
final class CudaBackendTest {
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 20, 1 << 12);
  private static final long GIB = 1L << 30;

  @BeforeEach
  void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  @Test
  void isChosenBeforeAllOthers() {
    try (Influence influence =
        Influence.builder().layers(LayerSpec.linear("layer", 1, 1)).build()) {
      assertThat(influence.backend().name()).isEqualTo("cuda");
    }
  }

  @Test
  void outOfMemorySaysWhatWasAskedWhatIsFreeAndWhatToDo() {
    assumeFalse(StandIns.real(), "the stand-ins have as much memory as the test says");
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL)) {
      StandIns.capacity(StandIns.deviceBytes() + 1000);
      assertThatThrownBy(() -> backend.zeros(100, 100))
          .isInstanceOf(CudaException.class)
          .hasMessage(
              "cudaMalloc returned 2: out of memory; a tensor of factors or queries needs 40000"
                  + " bytes of the GPU, 1000 of %d are free; lower Influence.builder().maxMemory,"
                      .formatted(StandIns.deviceBytes() + 1000)
                  + " truncate queries with ScoreOptions.withLowRank, or use"
                  + " CurvatureStrategy.blockDiagonalEkfac.");
      StandIns.capacity(GIB);
      try (BackendTensor tensor = backend.zeros(100, 100)) {
        assertThat(tensor.toDoubles()).containsOnly(0);
      }
    } finally {
      StandIns.capacity(GIB);
    }
  }

  /** The solver's work space for all matrices at once would be six times what there is. */
  @Test
  void eigendecompositionsKeepToTheWorkSpace() {
    assumeFalse(StandIns.real(), "the stand-ins have as much memory as the test says");
    int n = 30;
    double[] matrix = new double[n * n];
    for (int i = 0; i < n; i++) {
      matrix[i * n + i] = i;
    }
    Tuning little = new Tuning(128, 0, 128, 1 << 16, 1 << 12);
    try (ComputeBackend backend = Scenario.backend(Precision.F64, little)) {
      long before = StandIns.deviceBytes();
      List<SymmetricEigen> found = backend.eigendecompose(Collections.nCopies(25, matrix));
      assertThat(found).hasSize(25);
      assertThat(found.get(24).values()[29]).isEqualTo(29);
      found.forEach(SymmetricEigen::close);
      assertThat(StandIns.deviceBytes() - before).isLessThan(1 << 16);
    }
  }

  /** By our kernel, by cuSOLVER's for many matrices, and by that for one. */
  @ParameterizedTest
  @CsvSource({"128, 128", "0, 128", "0, 0"})
  void whatDoesNotConvergeIsNeverSilent(int jacobiTo, int batchedTo) {
    double[] matrix = {1, Double.NaN, Double.NaN, 1};
    Tuning tuning = new Tuning(128, jacobiTo, batchedTo, 1 << 20, 1 << 12);
    try (ComputeBackend backend = Scenario.backend(Precision.F64, tuning)) {
      assertThatThrownBy(() -> backend.eigendecompose(List.of(matrix)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("did not converge on a 2 x 2 matrix");
    }
  }

  @Test
  void anEigendecompositionThatDoesNotFitSaysWhatToDo() {
    assumeFalse(StandIns.real(), "the stand-ins have as much memory as the test says");
    try (ComputeBackend backend =
        Scenario.backend(Precision.F64, new Tuning(1, 0, 3, 1 << 16, 4096))) {
      StandIns.capacity(StandIns.deviceBytes() + 100_000);
      assertThatThrownBy(() -> backend.eigendecompose(List.of(new double[100 * 100])))
          .isInstanceOf(CudaException.class)
          .hasMessageContaining("an eigendecomposition needs 164808 bytes of the GPU, ")
          .hasMessageContaining(" are free; lower Influence.builder().maxMemory, split the layer's")
          .hasMessageContaining("factors with CurvatureStrategy.blockDiagonalEkfac");
    } finally {
      StandIns.capacity(GIB);
    }
  }

  @Test
  void theDefaultBudgetIsFourFifthsOfWhatIsFree() {
    assumeFalse(StandIns.real(), "the stand-ins have as much memory as the test says");
    try {
      StandIns.capacity(StandIns.deviceBytes() + (10 << 20));
      BackendOptions options = BackendOptions.of(Precision.F32, 1);
      assertThat(new CudaBackendProvider().defaultMaxMemory(options)).hasValue(8 << 20);
      LayerSpec large = LayerSpec.linear("large", 1500, 1500);
      try (Influence influence = Influence.builder().layers(large).backend("cuda").build()) {
        assertThatThrownBy(() -> influence.fit(sink -> {}))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("more than maxMemory=" + (8 << 20) + " allows");
      }
      try (Influence influence =
          Influence.builder().layers(large).maxMemory(9 << 20).backend("cuda").build()) {
        assertThatThrownBy(() -> influence.fit(sink -> {}))
            .hasMessageContaining("more than maxMemory=" + (9 << 20) + " allows");
      }
    } finally {
      StandIns.capacity(GIB);
    }
  }

  /**
   * Of matrices that do not begin at multiples of 16 bytes cuBLAS gets none: it may take another
   * kernel for one of them than for the next.
   */
  @ParameterizedTest
  @CsvSource({"3, 5", "4, 4"})
  void whatIsComputedOfAMatrixDoesNotDependOnWhereItLies(int outputs, int inputs) {
    Tuning libraries = new Tuning(1, 0, 3, 1 << 20, 1 << 12);
    long before = StandIns.real() ? 0 : StandIns.unalignedProducts();
    try (ComputeBackend backend = Scenario.backend(Precision.F32, libraries);
        BackendTensor left = random(backend, outputs, outputs);
        BackendTensor right = random(backend, inputs, inputs);
        BackendTensor weights = random(backend, outputs, inputs);
        BackendTensor one = random(backend, 1, outputs, inputs);
        BackendTensor many = backend.concatenate(Collections.nCopies(5, one))) {
      Rotation rotation =
          new Rotation(new Basis(inputs, List.of(right)), new Basis(outputs, List.of(left)));
      Truncation truncation = new Truncation(1, false, 1);
      try (QueryFactors.Dense dense = backend.precondition(many, weights, rotation);
          QueryFactors.LowRank low =
              backend.preconditionLowRank(many, weights, rotation, truncation)) {
        assertThatPartsAreEqual(dense.values(), 5);
        assertThatPartsAreEqual(low.left(), 5);
        assertThatPartsAreEqual(low.right(), 5);
      }
    }
    if (!StandIns.real()) {
      assertThat(StandIns.products()).isPositive();
      assertThat(StandIns.unalignedProducts()).isEqualTo(before);
    }
  }

  private static BackendTensor random(ComputeBackend backend, long... shape) {
    int count = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return backend.upload(TensorView.of(new Random(8).doubles(count).toArray(), shape));
  }

  private static void assertThatPartsAreEqual(BackendTensor tensor, int parts) {
    double[] all = tensor.toDoubles();
    int size = all.length / parts;
    for (int part = 1; part < parts; part++) {
      double[] next = Arrays.copyOfRange(all, part * size, (part + 1) * size);
      assertSameBits("part " + part, next, Arrays.copyOf(all, size));
    }
  }

  /** What one operation left in the scratch makes room for the next one's tensor. */
  @Test
  void spareMemoryIsGivenUpWhereTheDeviceHasNoMore() {
    assumeFalse(StandIns.real(), "the stand-ins have as much memory as the test says");
    try (ComputeBackend backend = Scenario.backend(Precision.F64, SMALL)) {
      backend.eigendecompose(List.of(new double[100 * 100])).forEach(SymmetricEigen::close);
      StandIns.capacity(StandIns.deviceBytes() + 1000);
      try (BackendTensor tensor = backend.zeros(100, 100)) {
        assertThat(tensor.toDoubles()).containsOnly(0);
      }
    } finally {
      StandIns.capacity(GIB);
    }
  }

  @Test
  void closingTheBackendFreesWhatItsUserForgot() {
    ComputeBackend backend = Scenario.backend(Precision.F64, SMALL);
    BackendTensor forgotten = backend.zeros(3, 4);
    backend.close();
    forgotten.close();
    assertThatThrownBy(forgotten::toDoubles)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already closed");
  }

  @Test
  void tensorsOfAnotherBackendAreRefused() {
    try (ComputeBackend one = Scenario.backend(Precision.F64, SMALL);
        ComputeBackend other = Scenario.backend(Precision.F64, SMALL);
        BackendTensor tensor = other.zeros(2, 2)) {
      assertThatThrownBy(() -> one.concatenate(List.of(tensor)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("another backend");
    }
  }

  /** Two backends, each used by three threads at once, give what each gives alone. */
  @Test
  void threadsAndBackendsDoNotDisturbEachOther() throws Exception {
    List<double[]> expected;
    try (ComputeBackend backend = Scenario.backend(Precision.F64, SMALL)) {
      expected = Scenario.run(backend, 3);
    }
    ExecutorService threads = Executors.newFixedThreadPool(6);
    try (ComputeBackend one = Scenario.backend(Precision.F64, SMALL);
        ComputeBackend other = Scenario.backend(Precision.F64, SMALL)) {
      List<Callable<List<double[]>>> tasks = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        ComputeBackend backend = i % 2 == 0 ? one : other;
        tasks.add(() -> Scenario.run(backend, 3));
      }
      for (Future<List<double[]>> result : threads.invokeAll(tasks)) {
        assertThat(result.get()).usingRecursiveComparison().isEqualTo(expected);
      }
    } finally {
      threads.shutdownNow();
    }
  }
}
