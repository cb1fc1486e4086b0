/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.TopScores;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The strongest scores, kept on the device, are those that the host would choose. */
@ExtendWith(Leaks.class)
final class DeviceTopScoresTest {
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 12, 1 << 12);
  private static final int EXAMPLES = 40;
  private static final int QUERIES = 3;

  @BeforeEach
  void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  /** Example e and e+20 are alike, so that every score is a tie. */
  private static GradientSource data(long seed, int examples, int batchSize) {
    Random random = new Random(seed);
    double[] a = random.doubles(20 * 3, -1, 1).toArray();
    double[] g = random.doubles(20 * 2, -1, 1).toArray();
    return sink -> {
      for (int first = 0; first < examples; first += batchSize) {
        int count = Math.min(batchSize, examples - first);
        sink.accept(
            GradientBatch.of(
                count,
                new LayerBatch("one", rows(a, 3, first, count), rows(g, 2, first, count)),
                new LayerBatch("two", rows(g, 2, first, count), rows(a, 3, first, count))));
      }
    };
  }

  private static TensorView rows(double[] values, int columns, int first, int count) {
    double[] out = new double[count * columns];
    for (int i = 0; i < out.length; i++) {
      out[i] = values[(first * columns + i) % values.length];
    }
    return TensorView.of(out, count, columns);
  }

  private static TensorView ones(long... shape) {
    float[] values = new float[(int) shape[0]];
    Arrays.fill(values, 1);
    return TensorView.of(values, shape);
  }

  private static List<Hit> sorted(double[] scores, int sign, int k) {
    return IntStream.range(0, scores.length)
        .filter(e -> sign * scores[e] > 0)
        .mapToObj(e -> new Hit(e, scores[e]))
        .sorted(
            Comparator.comparingDouble((Hit hit) -> -sign * hit.score())
                .thenComparingLong(Hit::example))
        .limit(k)
        .toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 30, 1024, 1025})
  void hitsAreTheSortedScores(int k) {
    LayerSpec[] layers = {LayerSpec.linear("one", 3, 2), LayerSpec.linear("two", 2, 3)};
    try (Influence influence = Influence.builder().layers(layers).backend("cuda").build()) {
      FittedCurvature curvature = influence.fit(data(1, EXAMPLES, 9));
      GradientSource queries = data(2, QUERIES, 2);
      ScoreOptions pairs =
          ScoreOptions.pairwise().withDampings(Damping.absolute(0.1), Damping.absolute(1));
      ScoreOptions top =
          ScoreOptions.topK(k).withDampings(Damping.absolute(0.1), Damping.absolute(1));
      InfluenceScores all = influence.score(curvature, queries, data(1, EXAMPLES, 40), pairs);
      InfluenceScores kept = influence.score(curvature, queries, data(1, EXAMPLES, 7), top);
      for (Damping damping : all.dampings()) {
        for (int q = 0; q < QUERIES; q++) {
          double[] scores = all.forDamping(damping).scores(q);
          assertThat(kept.forDamping(damping).proponents(q)).isEqualTo(sorted(scores, 1, k));
          assertThat(kept.forDamping(damping).opponents(q)).isEqualTo(sorted(scores, -1, k));
        }
      }
    }
  }

  @Test
  void scoresDoNotComeToTheHost() {
    assumeFalse(StandIns.real(), "the stand-ins count what is copied");
    int examples = 512;
    int queries = 16;
    TensorView ones = ones(examples, 1);
    int[] offsets = IntStream.rangeClosed(0, examples).toArray();
    try (ComputeBackend backend = Scenario.backend(Precision.F32, Tuning.DEFAULT);
        BackendTensor values = backend.upload(ones(queries, 1, 1));
        Lender lender = new Lender();
        TopScores top = backend.topScores(queries, 2).orElseThrow()) {
      Rows rows = new Rows(lender.lend(ones), examples, 1, 1, 0, false, null);
      ExampleRows batch = new ExampleRows(rows, rows, offsets);
      long before = StandIns.crossedBytes();
      top.add(List.of(batch), List.of(new QueryFactors.Dense(values)), new int[] {2});
      top.offer(0);
      assertThat(StandIns.crossedBytes() - before).as("bytes").isLessThan(100);
      assertThat(top.kept(15)).extracting(TopScores.Entry::example).containsExactly(0L, 1L);
    }
  }

  @Test
  void anOverflowIsNamed() {
    LayerSpec layer = LayerSpec.linear("one", 1, 1).withoutBias();
    TensorView huge = TensorView.of(new double[] {1e100, 1e100}, 2, 1);
    GradientSource data =
        sink -> sink.accept(GradientBatch.of(2, new LayerBatch("one", huge, huge)));
    GradientSource fit =
        sink -> sink.accept(GradientBatch.of(2, new LayerBatch("one", ones(2, 1), ones(2, 1))));
    try (Influence influence = Influence.builder().layers(layer).backend("cuda").build()) {
      FittedCurvature curvature = influence.fit(fit);
      assertThatThrownBy(() -> influence.score(curvature, data, data, ScoreOptions.topK(1)))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("Layer \"one\": a score is Infinity");
    }
  }

  /** Two scans at once on one backend. */
  @Test
  void selectionsDoNotDisturbEachOther() {
    TensorView rows = TensorView.of(new double[] {1, 2, 3}, 3, 1);
    TensorView others = TensorView.of(new double[] {5, 4, 0, 0, 1, 0}, 6, 1);
    TensorView signs = TensorView.of(new double[] {5, 4, 0, 0, -1, 0}, 6, 1);
    try (ComputeBackend backend = Scenario.backend(Precision.F64, SMALL);
        BackendTensor one = backend.upload(TensorView.of(new double[] {1}, 1, 1, 1));
        TopScores first = backend.topScores(1, 1).orElseThrow();
        TopScores second = backend.topScores(1, 1).orElseThrow()) {
      QueryFactors query = new QueryFactors.Dense(one);
      add(first, rows, rows, query);
      add(second, others, signs, query);
      first.offer(10);
      second.offer(20);
      assertThat(first.kept(0)).containsExactly(new TopScores.Entry(12, 9));
      assertThat(second.kept(0))
          .containsExactly(new TopScores.Entry(20, 25), new TopScores.Entry(24, -1));
    }
  }

  /** Where a batch's scores do not fit they are added up on the host, and offered in pieces. */
  @Test
  void batchesThatDoNotFitGiveTheSame() {
    Tuning little = new Tuning(128, 128, 3, 1 << 9, 1 << 12);
    assertThat(kept(little)).isEqualTo(kept(SMALL)).hasSize(6);
    try (ComputeBackend backend = Scenario.backend(Precision.F64, little)) {
      assertThat(backend.topScores(1, 9)).as("more than there is room for").isEmpty();
    }
  }

  private static List<TopScores.Entry> kept(Tuning tuning) {
    double[] values = new Random(4).doubles(40, -1, 1).toArray();
    TensorView rows = TensorView.of(values, 40, 1);
    TensorView ones = ones(40, 1);
    try (ComputeBackend backend = Scenario.backend(Precision.F64, tuning);
        BackendTensor one = backend.upload(TensorView.of(new double[] {1, -1}, 2, 1, 1));
        TopScores top = backend.topScores(2, 3).orElseThrow()) {
      add(top, rows, ones, new QueryFactors.Dense(one));
      add(top, ones, rows, new QueryFactors.Dense(one));
      top.offer(100);
      return top.kept(1);
    }
  }

  private static void add(
      TopScores top, TensorView activations, TensorView gradients, QueryFactors query) {
    int count = activations.elements();
    Rows a = new Rows(activations, count, 1, 1, 0, false, null);
    Rows g = new Rows(gradients, count, 1, 1, 0, false, null);
    ExampleRows examples = new ExampleRows(a, g, IntStream.rangeClosed(0, count).toArray());
    assertThat(top.add(List.of(examples), List.of(query), new int[] {2})).isEmpty();
  }
}
