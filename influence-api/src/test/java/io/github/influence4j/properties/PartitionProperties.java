/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.properties;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** P11 and P12: how a run is cut changes nothing, and parts sum to the whole. */
@Tag("partitions")
abstract class PartitionProperties extends InfluenceProperties {
  PartitionProperties(BackendProvider backends) {
    super(backends);
  }

  /** How a run is cut and spread. */
  private record Variant(
      String name,
      UnaryOperator<Influence.Builder> settings,
      int batch,
      boolean padded,
      int minimumPasses) {
    GradientSource source(TestModel model) {
      return padded ? model.padded(batch) : model.source(batch);
    }
  }

  private List<Variant> variants(Precision precision, CurvatureStrategy strategy) {
    int bytes;
    long work = 0;
    // So little that the backend works in its smallest pieces.
    BackendOptions small = BackendOptions.of(precision, 2).withMaxMemory(32L << 20);
    List<LayerCost> costs = new ArrayList<>();
    try (ComputeBackend backend = create(small)) {
      bytes = backend.description().precision().type().bytes();
      for (LayerSpec layer : WIDE) {
        CostModel model =
            new CostModel(layer.gradientColumns(), layer.outputs(), strategy.blocks());
        costs.add(new LayerCost(layer.name(), model, 1));
        work = Math.max(work, backend.workBytes(model.inputs(), model.outputs(), null));
      }
    }
    // A dense query takes the memory of all layers, and of the largest twice while joining.
    long query = (2L * 31 * 34 + 17 * 7 + 4 * 16 + 17) * bytes;
    long fixed = work + costs.stream().mapToLong(cost -> cost.loadedBytes(1, bytes)).sum();
    long largest = work + costs.get(0).loadedBytes(1, bytes) + 2L * 31 * 34 * bytes;
    return List.of(
        new Variant("batches of 1", b -> b, 1, false, 1),
        new Variant("batches of 2", b -> b, 2, false, 1),
        new Variant("batches of 5", b -> b, 5, false, 1),
        new Variant("padded", b -> b, 100, true, 1),
        new Variant("padded batches of 3", b -> b, 3, true, 1),
        new Variant("1 thread", b -> b.threads(1), 100, false, 1),
        new Variant("3 threads", b -> b.threads(3), 4, false, 1),
        new Variant("2 queries a pass", b -> b.maxMemory(fixed + 2 * query), 100, false, 2),
        new Variant("1 query a pass", b -> b.maxMemory(fixed + query), 4, true, 4),
        new Variant("layers apart", b -> b.maxMemory(largest), 3, false, 8));
  }

  private static final Damping ONE = Damping.absolute(1);

  /** Everything a run gives, one number after the other. */
  private double[] everything(
      Precision precision, CurvatureStrategy strategy, Variant variant, boolean lowRank) {
    TestModel train = TestModel.random(SeededRandom.at("p11 train"), 13, 35, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p11 queries"), 4, 20, WIDE);
    ScoreOptions options =
        ScoreOptions.pairwise().withLowRank(lowRank ? LowRank.randomized(3) : null);
    GradientSource source = variant.source(train);
    FittedCurvature curvature;
    try (Influence influence =
        variant
            .settings()
            .apply(builder(precision, WIDE).strategy(strategy))
            .maxMemory(Long.MAX_VALUE)
            .build()) {
      curvature = influence.fit(source);
    }
    try (Influence influence =
        variant.settings().apply(builder(precision, WIDE).strategy(strategy)).build()) {
      GradientSource asked = variant.source(queries);
      InfluenceScores dense =
          influence.score(
              curvature, asked, source, options.withPerLayer(true).withPerRow(!lowRank));
      InfluenceScores top =
          influence.score(
              curvature, asked, source, ScoreOptions.topK(3).withLowRank(options.lowRank()));
      InfluenceScores grouped =
          influence.score(
              curvature,
              asked,
              source,
              options.withGroups(new TrainingGroups(2, e -> (int) (e % 3) - 1)));
      SelfInfluence self =
          influence.selfInfluence(
              curvature, source, SelfInfluenceOptions.defaults().withDampings(ONE));
      if (!lowRank) {
        assertThat(dense.trainingPasses())
            .as(variant.name() + "\n" + dense.explain())
            .isGreaterThanOrEqualTo(variant.minimumPasses());
      }
      return Stream.of(
              eigenvalues(curvature),
              numbers(dense, !lowRank),
              hits(top),
              matrix(grouped.toMatrix()).values(),
              influence.selfInfluence(curvature, source, SelfInfluenceOptions.defaults()).scores(),
              self.scores())
          .flatMapToDouble(Arrays::stream)
          .toArray();
    }
  }

  private static double[] eigenvalues(FittedCurvature curvature) {
    return WIDE.stream()
        .flatMapToDouble(layer -> Arrays.stream(curvature.eigenvalues(layer.name())))
        .toArray();
  }

  private static double[] numbers(InfluenceScores scores, boolean rows) {
    List<double[]> out = new ArrayList<>(List.of(scores.toMatrix()));
    for (int q = 0; q < scores.queries(); q++) {
      for (LayerSpec layer : WIDE) {
        out.add(scores.layerScores(layer.name(), q));
      }
      for (int e = 0; rows && e < scores.examples(); e++) {
        out.add(scores.rowScores(q, e));
      }
    }
    return out.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[] hits(InfluenceScores scores) {
    return IntStream.range(0, scores.queries())
        .boxed()
        .flatMap(q -> Stream.concat(scores.proponents(q).stream(), scores.opponents(q).stream()))
        .flatMapToDouble(hit -> Stream.of((double) hit.example(), hit.score()).mapToDouble(x -> x))
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p11CutsThreadsAndPartitionsDoNotChangeABit(Precision precision, CurvatureStrategy strategy) {
    Variant plain = new Variant("plain", b -> b, 100, false, 1);
    boolean truncated = strategy.equals(CurvatureStrategy.EKFAC);
    for (boolean lowRank : truncated ? new boolean[] {false, true} : new boolean[] {false}) {
      double[] expected = everything(precision, strategy, plain, lowRank);
      for (Variant variant : variants(precision, strategy)) {
        double[] actual = everything(precision, strategy, variant, lowRank);
        assertSameBits(variant.name() + " low rank " + lowRank, actual, expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p12LayersAndRowsSumToTheTotal(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p12 train", 12);
    TestModel queries = small("p12 queries", 3);
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    double tolerance = tolerance(precision, 1e-12, 1e-5);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores rows =
          influence.score(curvature, all(queries), all(train), options.withPerRow(true));
      InfluenceScores queryRows =
          influence.score(curvature, all(queries), all(train), options.withPerQueryRow(true));
      SelfInfluenceOptions both = SelfInfluenceOptions.defaults().withPerLayer(true);
      SelfInfluence self = influence.selfInfluence(curvature, all(train), both);
      SelfInfluence ofQueries = influence.selfInfluence(curvature, all(queries), both);
      for (int q = 0; q < 3; q++) {
        for (int e = 0; e < 12; e++) {
          int query = q;
          int example = e;
          double[] layers =
              SMALL.stream()
                  .mapToDouble(layer -> rows.layerScores(layer.name(), query)[example])
                  .toArray();
          double total = rows.score(q, e);
          double scale = Math.sqrt(ofQueries.scores()[q] * self.scores()[e]);
          assertSumsTo(total, layers, tolerance, scale);
          assertThat(rows.rowScores(q, e)).hasSize(length(train, e));
          assertSumsTo(total, rows.rowScores(q, e), tolerance, scale);
          assertThat(queryRows.rowScores(q, e)).hasSize(length(queries, q));
          assertSumsTo(total, queryRows.rowScores(q, e), tolerance, scale);
        }
      }
      for (int e = 0; e < 12; e++) {
        int example = e;
        double[] layers =
            SMALL.stream().mapToDouble(l -> self.layerScores(l.name())[example]).toArray();
        assertSumsTo(self.scores()[e], layers, tolerance, self.scores()[e]);
      }
    }
  }

  private static int length(TestModel model, int example) {
    int[] offsets = model.data().get(0).offsets();
    return offsets[example + 1] - offsets[example];
  }

  /**
   * Relative to what no score exceeds, {@code |I(q,m)| <= √(I(q,q) I(m,m))}: parts that cancel
   * within a row or a layer leave rounding errors of that size.
   */
  private static void assertSumsTo(double total, double[] parts, double tolerance, double scale) {
    assertThat(Arrays.stream(parts).sum()).isCloseTo(total, within(10 * tolerance * scale));
  }

  /** Row scores are those of the row alone: its own example of one row. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p12RowScoresAreScoresOfSingleRows(Precision precision) {
    TestModel train = small("p12 rows", 8);
    TestModel queries = small("p12 row queries", 2);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions options = ScoreOptions.pairwise();
      InfluenceScores byRow =
          influence.score(curvature, all(queries), all(train), options.withPerRow(true));
      TestModel split = train.split();
      double[][] single = influence.score(curvature, all(queries), all(split), options).toMatrix();
      int row = 0;
      for (int e = 0; e < train.count(); e++) {
        for (double part : byRow.rowScores(1, e)) {
          double scale = matrix(single).norm();
          double bound = tolerance(precision, 1e-12, 1e-5) * scale;
          assertThat(part).isCloseTo(single[1][row++], within(bound));
        }
      }
    }
  }
}
