/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.QueryRefinement;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Scores by queries that a solver preconditions. */
final class RefinementTest extends SolverTest {
  private static final int QUERIES = 3;
  private static final long PLENTY = 1 << 20;

  private final double[][] residuals = residuals();
  private final SolverRefinement exact =
      SolverRefinement.of(
          network.operator(), p -> ConjugateGradients.to(1e-13).withPreconditioner(p));

  /** A gradient at the outputs for each example of the network. */
  private double[][] residuals() {
    double[][] out = new double[network.inputs().rows()][];
    Arrays.setAll(out, e -> SeededRandom.gaussians(random, 3));
    return out;
  }

  private GradientSource gradients(int... examples) {
    return sink -> {
      for (int e : examples) {
        sink.accept(network.gradients(e, residuals[e]));
      }
    };
  }

  private GradientSource queries() {
    return gradients(1, 5, 2);
  }

  private IndexedGradients train() {
    return IndexedGradients.of(
        residuals.length,
        numbers -> gradients(LongStream.of(numbers).mapToInt(Math::toIntExact).toArray()));
  }

  private Influence influence(long maxMemory) {
    return Influence.builder()
        .layers(network.layers())
        .backend("reference")
        .maxMemory(maxMemory)
        .build();
  }

  private InfluenceScores score(ScoreOptions options) {
    try (Influence influence = influence(PLENTY)) {
      return influence.score(curvature, queries(), train(), options);
    }
  }

  /** Gradients as vectors, as a refinement sees them. */
  private double[][] vectors(GradientSource source) {
    List<double[][]> seen = new ArrayList<>();
    QueryRefinement watching =
        (fitted, damping, gradients) -> {
          seen.add(Vectors.copy(gradients));
          return gradients;
        };
    try (Influence influence = influence(PLENTY)) {
      influence.score(curvature, source, train(), ScoreOptions.pairwise().withRefinement(watching));
    }
    return seen.get(0);
  }

  /** [queries][train] by dense solves. */
  private double[][] expected() {
    double[][] own = vectors(queries());
    double[][] others = vectors(train());
    double[][] out = new double[own.length][others.length];
    for (int q = 0; q < own.length; q++) {
      double[] solved = network.solve(system, own[q]);
      Arrays.setAll(out[q], e -> Vectors.dot(solved, others[e]));
    }
    return out;
  }

  @Test
  void allPairs() {
    double[][] scores = score(ScoreOptions.pairwise().withRefinement(exact)).toMatrix();
    double[][] expected = expected();
    for (int q = 0; q < QUERIES; q++) {
      assertThat(distance(scores[q], expected[q])).isLessThan(1e-10);
    }
  }

  @Test
  void theBestAreScoredAgain() {
    ScoreOptions top = ScoreOptions.topK(4).withPerLayer(true);
    InfluenceScores found = score(top);
    double[][] expected = expected();
    for (ScoreOptions options :
        List.of(top, top.withPerRow(true), top.withLowRank(LowRank.full(1)))) {
      InfluenceScores refined = score(options.withRefinement(exact));
      for (int q = 0; q < QUERIES; q++) {
        for (Hit hit : refined.proponents(q)) {
          double truth = expected[q][(int) hit.example()];
          assertThat(hit.score()).isCloseTo(truth, within(1e-9 * Math.abs(truth)));
          int query = q;
          double layers =
              refined.layers().stream().mapToDouble(l -> refined.layerScore(l, query, hit)).sum();
          assertThat(layers).isCloseTo(truth, within(1e-9 * Math.abs(truth)));
          if (options.perRow()) {
            assertThat(Arrays.stream(refined.rowScores(q, hit.example())).sum())
                .isCloseTo(truth, within(1e-9 * Math.abs(truth)));
          }
        }
        assertThat(refined.proponents(q))
            .isSortedAccordingTo(Comparator.comparingDouble(hit -> -hit.score()));
        assertThat(refined.rankAgreement(q)).isPresent();
      }
    }
    assertThat(found.rankAgreement(0)).isEmpty();
  }

  @Test
  void inSeveralPassesTheBitsAreTheSame() {
    ScoreOptions pairs = ScoreOptions.pairwise().withRefinement(exact);
    double[][] once = score(pairs).toMatrix();
    for (long memory : new long[] {2500, 1500}) {
      try (Influence influence = influence(memory)) {
        InfluenceScores scores = influence.score(curvature, queries(), train(), pairs);
        assertThat(scores.trainingPasses()).isGreaterThan(1);
        assertThat(scores.toMatrix()).isDeepEqualTo(once);
      }
    }
  }

  @Test
  void everyDampingHasItsOwnSystem() {
    Damping other = Damping.absolute(0.4);
    List<Solution> told = new ArrayList<>();
    ScoreOptions both =
        ScoreOptions.pairwise()
            .withDampings(DAMPING, other)
            .withRefinement(exact.withListener(told::add));
    InfluenceScores scores = score(both);
    assertThat(told).hasSize(2).allSatisfy(Solution::requireConverged);
    for (Damping damping : both.dampings()) {
      ScoreOptions alone = ScoreOptions.pairwise().withDampings(damping).withRefinement(exact);
      assertThat(scores.forDamping(damping).toMatrix()).isDeepEqualTo(score(alone).toMatrix());
    }
    assertThat(scores.forDamping(other).score(0, 1)).isNotEqualTo(scores.score(0, 1));
  }

  @Test
  void productsCanBeSmallAndCancelled() {
    SolverRefinement small = exact.withSystem(some -> some.withExamplesAtOnce(5));
    double[][] scores = score(ScoreOptions.pairwise().withRefinement(small)).toMatrix();
    double[][] expected = expected();
    for (int q = 0; q < QUERIES; q++) {
      assertThat(distance(scores[q], expected[q])).isLessThan(1e-10);
    }
    SolverRefinement stopped = exact.withSystem(some -> some.cancelWhen(() -> true));
    assertThatThrownBy(() -> score(ScoreOptions.topK(3).withRefinement(stopped)))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void theSumOfQueriesIsOneQuery() {
    ScoreOptions each = ScoreOptions.pairwise().withRefinement(exact);
    double[][] all = score(each).toMatrix();
    double[] sum = score(each.withAggregatedQueries(true)).scores(0);
    double[] expected = new double[sum.length];
    for (double[] one : all) {
      Vectors.add(1, one, expected);
    }
    assertThat(distance(sum, expected)).isLessThan(1e-10);
  }

  @Test
  void aFunnelRefinesItsSurvivors() {
    double[][] expected = expected();
    CandidateFilter everything = most -> LongStream.range(0, residuals.length).toArray();
    FunnelOptions options =
        FunnelOptions.topK(2).withSurvivors(10).withControls(5, 1).withRefinement(exact);
    try (Influence influence = influence(PLENTY)) {
      var found =
          new RetrievalFunnel(influence.scorer(curvature), train())
              .search(queries(), List.of(everything, everything, everything), options);
      for (int q = 0; q < QUERIES; q++) {
        for (Hit hit : found.queries().get(q).hits()) {
          double truth = expected[q][(int) hit.example()];
          assertThat(hit.score()).isCloseTo(truth, within(1e-9 * Math.abs(truth)));
        }
      }
    }
  }

  /** Gradients as they are give dot products, of convolutions in groups, too. */
  @Test
  void vectorsHaveTheLayoutOfTheLayers() {
    LayerSpec conv = LayerSpec.conv2d("conv", Conv2d.of(4, 6, 3).withGroups(2));
    LayerSpec fc = LayerSpec.linear("fc", 5, 4);
    GradientSource source =
        sink -> {
          for (int batch = 0; batch < 3; batch++) {
            sink.accept(
                GradientBatch.of(
                    2,
                    layer("conv", batch, new long[] {2, 4, 5, 5}, new long[] {2, 6, 3, 3}),
                    layer("fc", batch, new long[] {2, 3, 5}, new long[] {2, 3, 4}),
                    layer("fc", batch + 9, new long[] {2, 2, 5}, new long[] {2, 2, 4})));
          }
        };
    double[][] refined =
        scores(
            CurvatureStrategy.EKFAC,
            source,
            ScoreOptions.pairwise().withRefinement((fitted, damping, gradients) -> gradients),
            conv,
            fc);
    double[][] dots = scores(CurvatureStrategy.IDENTITY, source, ScoreOptions.pairwise(), conv, fc);
    for (int q = 0; q < dots.length; q++) {
      assertThat(distance(refined[q], dots[q])).isLessThan(1e-12);
    }
  }

  private static LayerBatch layer(String name, int batch, long[] in, long[] out) {
    return new LayerBatch(name, tensor(name + " in" + batch, in), tensor(name + batch, out));
  }

  private static TensorView tensor(String place, long[] shape) {
    int size = (int) LongStream.of(shape).reduce(1, (a, b) -> a * b);
    return TensorView.of(SeededRandom.gaussians(SeededRandom.at(place), size), shape);
  }

  private static double[][] scores(
      CurvatureStrategy strategy,
      GradientSource source,
      ScoreOptions options,
      LayerSpec... layers) {
    try (Influence influence =
        Influence.builder().layers(layers).strategy(strategy).backend("reference").build()) {
      return influence.score(influence.fit(source), source, source, options).toMatrix();
    }
  }

  /** A query's gradient in a layer that no training example moves counts for nothing. */
  @Test
  void layersThatNoExampleMovesCountForNothing() {
    double[] weights = network.weights().clone();
    int last = ParameterLayout.of(network.layers()).offset(1);
    Arrays.fill(weights, last, weights.length, 0); // what lies below gets no gradient
    TestNetwork dead =
        new TestNetwork(
            network.layers(), weights, network.activation(), network.loss(), network.inputs());
    SolverRefinement refinement =
        SolverRefinement.of(dead.operator(), p -> Astra.iterations(20, p));
    double[][] refined =
        refinement.refine(dead.fit(CurvatureStrategy.EKFAC), Damping.HEURISTIC, vectors);
    for (double[] vector : refined) {
      assertThat(Arrays.copyOf(vector, last)).containsOnly(0);
      assertThat(Vectors.norm(vector)).isGreaterThan(0);
    }
  }

  @Test
  void refinementsThatAreNoneAreRefused() {
    QueryRefinement tooFew = (fitted, damping, gradients) -> Arrays.copyOf(gradients, 1);
    QueryRefinement broken =
        (fitted, damping, gradients) -> {
          double[][] out = Vectors.copy(gradients);
          out[2][7] = Double.NaN;
          return out;
        };
    assertThatThrownBy(() -> score(ScoreOptions.pairwise().withRefinement(tooFew)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("for query 0; expected one for each of the 3 queries");
    assertThatThrownBy(() -> score(ScoreOptions.topK(2).withRefinement(broken)))
        .hasMessageContaining("gave no finite vector of 40 weights for query 2");
    ScoreOptions pairs = ScoreOptions.pairwise().withRefinement(exact);
    assertThatThrownBy(() -> pairs.withPerQueryRow(true)).hasMessageContaining("no query rows");
    assertThatThrownBy(() -> pairs.withLowRank(LowRank.full(1)))
        .hasMessageContaining("not truncated");
    assertThat(pairs).isNotEqualTo(ScoreOptions.pairwise());
  }
}
