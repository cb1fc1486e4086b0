/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rotation;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.AfterParameterizedClassInvocation;
import org.junit.jupiter.params.BeforeParameterizedClassInvocation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Factors and scores agree with kronfluence 1.0.1 in float64, by max|a−b|/max|b|: 1e-9 (1e-6 with
 * damping 1e-8) in float64, 1e-3 in float32. Eigenvectors are not unique and are not compared.
 *
 * <p>W2 is in the test resources; W1 is skipped where {@link GoldenData} does not find it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class GoldenParityTest extends EachPrecisionTest {
  private static final Damping TINY = Damping.absolute(1e-8);
  private static final List<Kind> STRATEGIES =
      List.of(Kind.IDENTITY, Kind.DIAGONAL, Kind.KFAC, Kind.EKFAC);

  private Accuracy accuracy = new Accuracy();
  private final Map<String, GoldenData> workloads = new HashMap<>();
  private final Map<String, FittedCurvature> fits = new HashMap<>();

  /** For subclasses. */
  protected GoldenParityTest() {}

  /** One instance serves both precisions. */
  @BeforeParameterizedClassInvocation
  void begin() {
    accuracy = new Accuracy();
    fits.clear();
  }

  @AfterParameterizedClassInvocation
  void report() {
    System.out.printf(
        "%s %s, largest errors:%n%s", provider().name(), precision, accuracy.report());
  }

  private GoldenData data(String workload) {
    return workloads.computeIfAbsent(workload, GoldenData::load);
  }

  private double tolerance(Damping damping) {
    return !isDouble() ? 1e-3 : damping.equals(TINY) ? 1e-6 : 1e-9;
  }

  private double tolerance() {
    return tolerance(Damping.HEURISTIC);
  }

  /** kronfluence is no measure in float32 with next to no damping: it is off by itself. */
  private List<Damping> dampings(Kind kind) {
    boolean both = isDouble() && kind != Kind.IDENTITY;
    return both ? List.of(Damping.HEURISTIC, TINY) : List.of(Damping.HEURISTIC);
  }

  private void check(String workload, String kind, double[] actual, double[] expected) {
    accuracy.check(workload + " " + kind, actual, expected, tolerance());
  }

  private FittedCurvature fit(GoldenData data, String fisher, Kind kind) {
    return fits.computeIfAbsent(
        data.workload() + fisher + kind,
        key -> {
          GradientSource source = fisher.equals("true") ? data.pseudo() : data.train();
          try (Influence influence = influence(data.layers(), new CurvatureStrategy(kind, 1))) {
            return influence.fit(source);
          }
        });
  }

  private InfluenceScores score(FittedCurvature curvature, GoldenData data, ScoreOptions options) {
    return score(curvature, data, options, ElementType.F64);
  }

  private InfluenceScores score(
      FittedCurvature curvature, GoldenData data, ScoreOptions options, ElementType type) {
    try (Influence influence = influence(data.layers(), curvature.strategy())) {
      return influence.score(curvature, data.queries().as(type), data.train().as(type), options);
    }
  }

  private static double[] flat(InfluenceScores scores) {
    return Tensors.concat(scores.toMatrix());
  }

  private static FactorBlock only(List<FactorBlock> blocks) {
    assertThat(blocks).hasSize(1);
    return blocks.get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void covariancesAndEigenvalues(String workload) {
    GoldenData data = data(workload);
    FittedCurvature curvature = fit(data, "emp", Kind.EKFAC);
    for (LayerSpec layer : data.layers()) {
      LayerFactors factors = curvature.factors(layer.name());
      PartFactors part = factors.parts().get(0);
      FactorBlock a = only(part.activations());
      FactorBlock s = only(part.gradients());
      String name = layer.name();
      assertThat(factors.rows())
          .isEqualTo((long) data.get("num_activation_covariance_processed." + name)[0])
          .isEqualTo((long) data.get("num_gradient_covariance_processed." + name)[0]);
      check(workload, "A", a.covariance().toDoubles(), data.get("activation_covariance." + name));
      check(workload, "S", s.covariance().toDoubles(), data.get("gradient_covariance." + name));
      check(
          workload,
          "eigenvalues of A",
          a.eigenvalues().toDoubles(),
          data.get("activation_eigenvalues." + name));
      check(
          workload,
          "eigenvalues of S",
          s.eigenvalues().toDoubles(),
          data.get("gradient_eigenvalues." + name));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void correctedEigenvalues(String workload) {
    GoldenData data = data(workload);
    FittedCurvature ekfac = fit(data, "emp", Kind.EKFAC);
    FittedCurvature diagonal = fit(data, "emp", Kind.DIAGONAL);
    for (LayerSpec layer : data.layers()) {
      double[] expected = data.get("lambda_matrix." + layer.name());
      assertThat(ekfac.factors(layer.name()).squaresExamples())
          .isEqualTo((long) data.get("num_lambda_processed." + layer.name())[0]);
      check(workload, "trace of Λ", sum(squares(ekfac, layer)), sum(expected));
      check(
          workload,
          "diagonal Λ",
          squares(diagonal, layer),
          data.get("diagonal.lambda_matrix." + layer.name()));
    }
  }

  private static double[] squares(FittedCurvature curvature, LayerSpec layer) {
    PartFactors part = curvature.factors(layer.name()).parts().get(0);
    return Objects.requireNonNull(part.squares()).toDoubles();
  }

  private static double[] sum(double[] values) {
    return new double[] {Arrays.stream(values).sum()};
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void correctedEigenvaluesInTheStoredEigenbasis(String workload) {
    GoldenData data = data(workload);
    try (ComputeBackend backend = backend()) {
      for (LayerSpec layer : data.layers()) {
        int m = layer.gradientColumns();
        int p = layer.outputs();
        try (BackendTensor a = vectors(backend, data, "activation", layer, m);
            BackendTensor s = vectors(backend, data, "gradient", layer, p);
            BackendTensor sum = backend.accumulator(p, m);
            BatchReader reader = new BatchReader(data.layers(), List.of(layer), backend)) {
          Rotation rotation = new Rotation(new Basis(m, List.of(a)), new Basis(p, List.of(s)));
          data.train()
              .replay(
                  batch -> backend.accumulateSquares(reader.read(batch).get(0), rotation, 2, sum));
          double[] expected = data.get("lambda_matrix." + layer.name());
          check(workload, "Λ in the stored eigenbasis", sum.toDoubles(), expected);
        }
      }
    }
  }

  private static BackendTensor vectors(
      ComputeBackend backend, GoldenData data, String side, LayerSpec layer, int dimension) {
    double[] values = data.get(side + "_eigenvectors." + layer.name());
    return backend.upload(TensorView.of(values, dimension, dimension));
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void trueFisherFactors(String workload) {
    GoldenData data = data(workload);
    assumeTrue(data.has("true|lambda_matrix.0"), workload + " stores no true-Fisher factors");
    FittedCurvature curvature = fit(data, "true", Kind.EKFAC);
    for (LayerSpec layer : data.layers()) {
      PartFactors part = curvature.factors(layer.name()).parts().get(0);
      check(
          workload,
          "true S",
          only(part.gradients()).covariance().toDoubles(),
          data.get("true|gradient_covariance." + layer.name()));
      check(
          workload,
          "trace of true Λ",
          sum(squares(curvature, layer)),
          sum(data.get("true|lambda_matrix." + layer.name())));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void pairwiseScoresOfAllStrategies(String workload) {
    GoldenData data = data(workload);
    for (String fisher : List.of("emp", "true")) {
      for (Kind kind : fisher.equals("true") ? List.of(Kind.EKFAC) : STRATEGIES) {
        List<Damping> dampings = dampings(kind);
        ScoreOptions options =
            ScoreOptions.pairwise().withDampings(dampings.toArray(Damping[]::new));
        InfluenceScores scores = score(fit(data, fisher, kind), data, options);
        assertThat(scores.trainingPasses()).isEqualTo(1);
        for (Damping damping : dampings) {
          compare(data, fisher, kind, damping, "pair", flat(scores.forDamping(damping)));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void selfInfluenceOfAllStrategies(String workload) {
    GoldenData data = data(workload);
    for (String fisher : List.of("emp", "true")) {
      for (Kind kind : fisher.equals("true") ? List.of(Kind.EKFAC) : STRATEGIES) {
        List<Damping> dampings = dampings(kind);
        SelfInfluenceOptions options =
            SelfInfluenceOptions.defaults()
                .withDampings(dampings.toArray(Damping[]::new))
                .withPerLayer(true);
        FittedCurvature curvature = fit(data, fisher, kind);
        try (Influence influence = influence(data.layers(), curvature.strategy())) {
          SelfInfluence self = influence.selfInfluence(curvature, data.train(), options);
          for (Damping damping : dampings) {
            compare(data, fisher, kind, damping, "self", self.scores(damping));
          }
          layers(data, fisher, kind, "self_permodule", self::layerScores);
        }
      }
    }
  }

  private void compare(
      GoldenData data, String fisher, Kind kind, Damping damping, String what, double[] actual) {
    String unit = damping.equals(TINY) ? "1e-8" : "none";
    String key = fisher + "|" + kind.name().toLowerCase(Locale.ROOT) + "|" + unit;
    double[] expected = data.get(key + "|" + what + "|all_modules");
    String name = data.workload() + " " + what + " " + key;
    accuracy.check(name, actual, expected, tolerance(damping));
  }

  private void layers(
      GoldenData data, String fisher, Kind kind, String what, Function<String, double[]> scores) {
    for (LayerSpec layer : data.layers()) {
      String strategy = kind.name().toLowerCase(Locale.ROOT);
      String key = String.join("|", fisher, strategy, "none", what, layer.name());
      if (data.has(key)) {
        check(data.workload(), what, scores.apply(layer.name()), data.get(key));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void layersOfPairwiseScores(String workload) {
    GoldenData data = data(workload);
    for (Kind kind : List.of(Kind.IDENTITY, Kind.EKFAC)) {
      ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
      InfluenceScores scores = score(fit(data, "emp", kind), data, options);
      layers(
          data,
          "emp",
          kind,
          "pair_permodule",
          layer -> {
            double[][] rows = new double[scores.queries()][];
            Arrays.setAll(rows, q -> scores.layerScores(layer, q));
            return Tensors.concat(rows);
          });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void aggregatedQueriesAndTrainingExamples(String workload) {
    GoldenData data = data(workload);
    FittedCurvature curvature = fit(data, "emp", Kind.EKFAC);
    ScoreOptions queries = ScoreOptions.pairwise().withAggregatedQueries(true);
    ScoreOptions train = ScoreOptions.pairwise().withGroups(TrainingGroups.all());
    double[] byQuery = flat(score(curvature, data, queries));
    double[] byExample = flat(score(curvature, data, train));
    compare(data, "emp", Kind.EKFAC, Damping.HEURISTIC, "pair_aggquery", byQuery);
    compare(data, "emp", Kind.EKFAC, Damping.HEURISTIC, "pair_aggtrain", byExample);
  }

  @ParameterizedTest
  @ValueSource(strings = {"w1", "w2"})
  void rank32(String workload) {
    GoldenData data = data(workload);
    FittedCurvature curvature = fit(data, "emp", Kind.EKFAC);
    ScoreOptions full = ScoreOptions.pairwise().withLowRank(LowRank.full(32));
    ScoreOptions random = ScoreOptions.pairwise().withLowRank(LowRank.randomized(32));
    String exact = "emp|ekfac|none|pair_rank32_fullsvd|all_modules";
    String sampled = "emp|ekfac|none|pair_rank32_svdlowrank|all_modules";
    check(workload, "rank 32", flat(score(curvature, data, full)), data.get(exact));
    double[] scores = flat(score(curvature, data, random));
    accuracy.check(workload + " randomised rank 32", scores, data.get(exact), 1e-3);
    accuracy.check(workload + " kronfluence's randomised", scores, data.get(sampled), 1e-3);
  }

  @ParameterizedTest
  @ValueSource(strings = "w2")
  void severalDampingsInOnePassAreThoseOfSingleRuns(String workload) {
    GoldenData data = data(workload);
    FittedCurvature curvature = fit(data, "emp", Kind.EKFAC);
    Damping[] dampings = {Damping.relative(0.03), Damping.HEURISTIC, Damping.absolute(0.7)};
    ScoreOptions options = ScoreOptions.pairwise();
    InfluenceScores together = score(curvature, data, options.withDampings(dampings));
    for (Damping damping : dampings) {
      double[] alone = flat(score(curvature, data, options.withDampings(damping)));
      double[] one = flat(together.forDamping(damping));
      accuracy.check(workload + " dampings at once", one, alone, isDouble() ? 1e-13 : 1e-5);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = "w2")
  void singlePrecisionInputs(String workload) {
    GoldenData data = data(workload);
    FittedCurvature curvature;
    try (Influence influence = influence(data.layers(), CurvatureStrategy.EKFAC)) {
      curvature = influence.fit(data.train().as(ElementType.F32));
    }
    double[] scores = flat(score(curvature, data, ScoreOptions.pairwise(), ElementType.F32));
    double[] expected = data.get("emp|ekfac|none|pair|all_modules");
    double tolerance = isDouble() ? 1e-5 : 1e-3;
    accuracy.check(workload + " float32 inputs", scores, expected, tolerance);
  }
}
