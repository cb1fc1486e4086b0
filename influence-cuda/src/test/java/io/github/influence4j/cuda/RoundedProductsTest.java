/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.statistics.LinearCorrelation;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/**
 * What is asked of {@link TensorCores} reaches every product: each operation, chosen so that it has
 * one kind of product, errs by about what rounding its operands costs, and not at all in F64.
 */
@ExtendWith(Leaks.class)
final class RoundedProductsTest {
  /** By our kernels, and by cuBLAS wherever it can. */
  private static final List<Tuning> TUNINGS =
      List.of(new Tuning(128, 128, 3, 1 << 20, 1 << 12), new Tuning(1, 0, 3, 1 << 20, 1 << 12));

  private static final int OUTPUTS = 8;
  private static final int INPUTS = 12;
  private static final int[] OF_FOUR = {0, 4, 8, 12};
  private static final int[] OF_ONE = {0, 1, 2, 3, 4};
  private static final int[] TARGETS = {0, 1, 0, -1};

  @BeforeEach
  void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  private static ComputeBackend backend(Precision precision, TensorCores cores, Tuning tuning) {
    BackendOptions options = BackendOptions.of(precision, 1).withTensorCores(cores);
    return CudaBackendProvider.create(options, tuning);
  }

  private static TensorView gaussian(Random random, int... shape) {
    double[] values = new double[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    Arrays.setAll(values, i -> (float) random.nextGaussian());
    return TensorView.of(values, Arrays.stream(shape).asLongStream().toArray());
  }

  private static Rows rows(Random random, int count, int columns) {
    return new Rows(gaussian(random, count, columns), count, columns, columns, 0, false, null);
  }

  private static ExampleRows examples(Random random, int[] offsets) {
    int count = offsets[offsets.length - 1];
    return new ExampleRows(rows(random, count, INPUTS), rows(random, count, OUTPUTS), offsets);
  }

  /** The results by the name of the product that is in them. */
  private static Map<String, double[]> results(ComputeBackend backend) {
    Map<String, double[]> results = new TreeMap<>();
    Random random = SeededRandom.at("rounded products");
    ExampleRows several = examples(random, OF_FOUR);
    ExampleRows single = examples(random, OF_ONE);
    try (BackendTensor left = backend.upload(gaussian(random, OUTPUTS, OUTPUTS));
        BackendTensor right = backend.upload(gaussian(random, INPUTS, INPUTS));
        BackendTensor ones = backend.upload(ones());
        BackendTensor queries = backend.upload(gaussian(random, 2, OUTPUTS, INPUTS));
        BackendTensor thinLeft = backend.upload(gaussian(random, 2, OUTPUTS, 3));
        BackendTensor thinRight = backend.upload(gaussian(random, 2, INPUTS, 3))) {
      Basis noInputs = Basis.identity(INPUTS);
      Basis noOutputs = Basis.identity(OUTPUTS);
      Rotation none = new Rotation(noInputs, noOutputs);
      Rotation ofInputs = new Rotation(new Basis(INPUTS, List.of(right)), noOutputs);
      Rotation ofOutputs = new Rotation(noInputs, new Basis(OUTPUTS, List.of(left)));
      for (int byRowsBelow : new int[] {0, 9}) {
        String how = byRowsBelow == 0 ? " written" : " in registers";
        results.put("gradients" + how, gradients(backend, several, none, byRowsBelow));
        try (BackendTensor sum = backend.accumulator(OUTPUTS, INPUTS)) {
          backend.accumulateSquares(several, none, byRowsBelow, sum);
          results.put("squares" + how, sum.toDoubles());
        }
        double[][] weighted = backend.weightedSquares(several, none, byRowsBelow, List.of(ones));
        results.put("weighted squares" + how, weighted[0]);
      }
      // The gradient of one row is no sum.
      results.put("rotation of activations", gradients(backend, single, ofInputs, 9));
      results.put("rotation of output gradients", gradients(backend, single, ofOutputs, 9));
      results.put("rotation of gradients, right", gradients(backend, single, ofInputs, 0));
      results.put("rotation of gradients, left", gradients(backend, single, ofOutputs, 0));
      results.put("rotation of queries back, right", back(backend, queries, ones, ofInputs));
      results.put("rotation of queries back, left", back(backend, queries, ones, ofOutputs));
      QueryFactors dense = new QueryFactors.Dense(queries);
      QueryFactors lowRank = new QueryFactors.LowRank(thinLeft, thinRight, new double[2]);
      results.put("scores by gradients", backend.score(several, dense, 0));
      results.put("scores by rows", backend.scoreRows(several, dense));
      results.put("low-rank scores by gradients", backend.score(several, lowRank, 0));
      results.put("low-rank scores by rows", backend.scoreRows(several, lowRank));
    }
    return results;
  }

  private static double[] back(
      ComputeBackend backend, BackendTensor queries, BackendTensor ones, Rotation rotation) {
    try (QueryFactors.Dense factors = backend.precondition(queries, ones, rotation)) {
      return factors.values().toDoubles();
    }
  }

  private static TensorView ones() {
    double[] values = new double[OUTPUTS * INPUTS];
    Arrays.fill(values, 1);
    return TensorView.of(values, OUTPUTS, INPUTS);
  }

  private static double[] gradients(
      ComputeBackend backend, ExampleRows rows, Rotation rotation, int rotateRowsBelow) {
    try (BackendTensor sums = backend.zeros(2, OUTPUTS, INPUTS)) {
      int[] targets = Arrays.copyOf(TARGETS, rows.examples());
      backend.accumulateGradients(rows, rotation, rotateRowsBelow, targets, sums);
      return sums.toDoubles();
    }
  }

  private static Map<String, double[]> results(
      Precision precision, TensorCores cores, Tuning tuning) {
    try (ComputeBackend backend = backend(precision, cores, tuning)) {
      return results(backend);
    }
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
  }

  private static double distance(double[] actual, double[] exact) {
    double[] difference = new double[exact.length];
    Arrays.setAll(difference, i -> actual[i] - exact[i]);
    return norm(difference) / norm(exact);
  }

  @ParameterizedTest
  @CsvSource({"TF32, 11", "BF16, 8"})
  void everyProductIsRounded(TensorCores cores, int bits) {
    for (Tuning tuning : TUNINGS) {
      Map<String, double[]> exact = results(Precision.F64, TensorCores.OFF, tuning);
      long asked = StandIns.real() ? 0 : StandIns.products();
      long rounded = StandIns.real() ? 0 : StandIns.roundedProducts();
      Map<String, double[]> actual = results(Precision.F32, cores, tuning);
      if (!StandIns.real()) {
        assertThat(StandIns.roundedProducts() - rounded).isEqualTo(StandIns.products() - asked);
        assertThat(StandIns.products() > asked).isEqualTo(tuning.blasFrom() == 1);
      }
      // Operands err by 2^-bits at most. Squares and weighted squares double what a product errs
      // by.
      double unit = Math.scalb(1.0, -bits);
      exact.forEach(
          (name, values) ->
              assertThat(distance(actual.get(name), values))
                  .as("%s, %s, cuBLAS from %d", name, cores, tuning.blasFrom())
                  .isBetween(unit / 64, 4 * unit));
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void withoutTensorCoresNothingIsRounded(Precision precision) {
    for (Tuning tuning : TUNINGS) {
      Map<String, double[]> exact = results(Precision.F64, TensorCores.OFF, tuning);
      long before = StandIns.real() ? 0 : StandIns.roundedProducts();
      Map<String, double[]> actual = results(precision, TensorCores.OFF, tuning);
      if (!StandIns.real()) {
        assertThat(StandIns.roundedProducts()).isEqualTo(before);
      }
      exact.forEach(
          (name, values) ->
              assertThat(distance(actual.get(name), values)).as(name).isLessThan(0x1p-18));
    }
  }

  /** From the fit to the scores, against the reference in float64. */
  @ParameterizedTest
  @EnumSource(value = TensorCores.class, mode = Mode.EXCLUDE, names = "OFF")
  void scoresOfAModelCorrelateWithThoseInDoublePrecision(TensorCores cores) {
    double least = cores == TensorCores.TF32 ? 0.999 : 0.95;
    double[] exact = scores("reference", TensorCores.OFF);
    assertThat(LinearCorrelation.of(scores("cuda", cores), exact)).isGreaterThanOrEqualTo(least);
  }

  private static double[] scores(String backend, TensorCores cores) {
    List<LayerSpec> layers = List.of(LayerSpec.linear("up", 6, 9), LayerSpec.linear("down", 9, 4));
    TestModel train = TestModel.random(SeededRandom.at("rounded train"), 60, 5, layers);
    TestModel queries = TestModel.random(SeededRandom.at("rounded queries"), 4, 5, layers);
    try (Influence influence =
        Influence.builder()
            .layers(layers)
            .strategy(CurvatureStrategy.EKFAC)
            .backend(backend)
            .tensorCores(cores)
            .build()) {
      FittedCurvature curvature = influence.fit(train.source(20));
      double[][] scores =
          influence
              .score(curvature, queries.source(4), train.source(20), ScoreOptions.pairwise())
              .toMatrix();
      return Arrays.stream(scores).flatMapToDouble(Arrays::stream).toArray();
    }
  }

  /** A covariance's product is on tensor cores too, which {@link TensorCoresTest} measures. */
  @Test
  void theBackendNamesThem() {
    try (ComputeBackend backend = backend(Precision.F32, TensorCores.BF16, TUNINGS.get(0))) {
      assertThat(backend.description().library()).endsWith(", products in BF16");
    }
  }
}
