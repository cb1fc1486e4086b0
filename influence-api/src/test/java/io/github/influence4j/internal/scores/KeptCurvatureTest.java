/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.fit.PlannedFit;
import io.github.influence4j.internal.planning.FitPlan;
import io.github.influence4j.internal.reference.ReferenceBackend;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.testing.TestModel;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a scorer loads on the backend stays there, and nothing else does. */
class KeptCurvatureTest {
  private static final List<LayerSpec> LAYERS =
      List.of(LayerSpec.linear("first", 6, 5), LayerSpec.linear("second", 5, 4).withoutBias());
  private static final int BASES = 2 * 2;
  private static final TestModel TRAIN = TestModel.random(new Random(1), 9, 4, LAYERS);
  private static final GradientSource QUERIES =
      TestModel.random(new Random(2), 3, 4, LAYERS).source(2);
  private static final Damping[] TWO = {Damping.HEURISTIC, Damping.absolute(1)};

  /** Enough for either layer, not for both. */
  private static final long LITTLE = 2000;

  private final List<BackendTensor> uploaded = new ArrayList<>();
  private final ComputeBackend backend = counting(new ReferenceBackend());
  private final KeptCurvature kept = new KeptCurvature(backend);
  private final FittedCurvature curvature = fitted(4);

  private ComputeBackend counting(ComputeBackend delegate) {
    return (ComputeBackend)
        Proxy.newProxyInstance(
            KeptCurvatureTest.class.getClassLoader(),
            new Class<?>[] {ComputeBackend.class},
            (proxy, method, arguments) -> {
              try {
                Object result = method.invoke(delegate, arguments);
                if (method.getName().equals("upload")) {
                  uploaded.add((BackendTensor) result);
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static FittedCurvature fitted(int batch) {
    return fit(new ReferenceBackend()).fit(TRAIN.source(batch));
  }

  private static PlannedFit fit(ComputeBackend backend) {
    return new PlannedFit(
        backend,
        new FitPlan(backend, LAYERS, CurvatureStrategy.EKFAC, Long.MAX_VALUE),
        RunControl.NONE);
  }

  private InfluenceScorer scorer(FittedCurvature of, long maxMemory) {
    return new BackendInfluenceScorer(backend, of, maxMemory, RunControl.NONE, kept);
  }

  private long open() {
    return uploaded.stream().filter(KeptCurvatureTest::isOpen).count();
  }

  private static boolean isOpen(BackendTensor tensor) {
    try {
      return tensor.toDoubles().length > 0;
    } catch (IllegalStateException closed) {
      return false;
    }
  }

  private static Stream<ScoreOptions> options() {
    ScoreOptions top = ScoreOptions.topK(2);
    LowRank adaptive = LowRank.full(1).withMaxResidual(0.3);
    return Stream.of(
        ScoreOptions.pairwise(),
        top.withPerRow(true),
        top.withPerQueryRow(true),
        ScoreOptions.pairwise().withLowRank(adaptive),
        top.withLowRank(LowRank.full(1)));
  }

  private static List<List<Hit>> hits(InfluenceScores scores) {
    return IntStream.range(0, scores.queries())
        .boxed()
        .flatMap(q -> Stream.of(scores.proponents(q), scores.opponents(q)))
        .toList();
  }

  @ParameterizedTest
  @MethodSource("options")
  void theSecondRunUploadsNothing(ScoreOptions options) {
    InfluenceScorer scorer = scorer(curvature, Long.MAX_VALUE);
    ScoreOptions both = options.withDampings(TWO);
    List<List<Hit>> first = hits(scorer.score(QUERIES, TRAIN.source(4), both));
    assertThat(uploaded).hasSize(BASES + TWO.length * LAYERS.size());
    assertThat(hits(scorer.score(QUERIES, TRAIN.source(4), both))).isEqualTo(first);
    SelfInfluenceOptions self = SelfInfluenceOptions.defaults().withDampings(TWO);
    scorer(curvature, Long.MAX_VALUE).selfInfluence(TRAIN.source(4), self);
    assertThat(uploaded).hasSize(BASES + TWO.length * LAYERS.size());
    assertThat(open()).isEqualTo(uploaded.size());
    kept.close();
    assertThat(open()).isZero();
  }

  @ParameterizedTest
  @MethodSource("options")
  void layersThatDoNotFitTogetherAreLoadedInTurn(ScoreOptions options) {
    List<List<Hit>> expected =
        hits(scorer(curvature, Long.MAX_VALUE).score(QUERIES, TRAIN.source(4), options));
    InfluenceScorer scorer = scorer(curvature, LITTLE);
    int each = BASES / LAYERS.size() + 1;
    for (int run = 0; run < 2; run++) {
      assertThat(hits(scorer.score(QUERIES, watched(each), options))).isEqualTo(expected);
      assertThat(open()).isEqualTo(each);
    }
    assertThat(uploaded).hasSizeGreaterThan(4 * each);
  }

  /** The training data; what is loaded meanwhile is no more than so much. */
  private GradientSource watched(int most) {
    return sink -> {
      assertThat(open()).isLessThanOrEqualTo(most);
      TRAIN.source(4).replay(sink);
    };
  }

  @Test
  void otherDampingsFindTheEigenvectors() {
    InfluenceScorer scorer = scorer(curvature, Long.MAX_VALUE);
    scorer.score(QUERIES, TRAIN.source(4), ScoreOptions.pairwise());
    scorer.score(QUERIES, TRAIN.source(4), ScoreOptions.pairwise().withDampings(TWO));
    assertThat(uploaded).hasSize(BASES + 3 * LAYERS.size());
    assertThat(open()).isEqualTo(BASES + 2 * LAYERS.size());
  }

  @Test
  void anotherCurvatureTakesThePlace() {
    SelfInfluenceOptions options = SelfInfluenceOptions.defaults();
    scorer(curvature, Long.MAX_VALUE).selfInfluence(TRAIN.source(4), options);
    scorer(fitted(3), Long.MAX_VALUE).selfInfluence(watched(BASES + LAYERS.size()), options);
    assertThat(uploaded).hasSize(2 * (BASES + LAYERS.size()));
    assertThat(open()).isEqualTo(BASES + LAYERS.size());
  }

  @Test
  void whatNobodyCanScoreWithAnyMoreIsFreed() throws InterruptedException {
    scorer(fitted(3), Long.MAX_VALUE)
        .selfInfluence(TRAIN.source(4), SelfInfluenceOptions.defaults());
    for (int i = 0; i < 500 && open() > 0; i++) {
      System.gc();
      Thread.sleep(10);
    }
    assertThat(open()).isZero();
  }

  @Test
  void aRunWithinARunLoadsForItself() {
    SelfInfluenceOptions options = SelfInfluenceOptions.defaults();
    InfluenceScorer outer = scorer(curvature, Long.MAX_VALUE);
    double[] expected = outer.selfInfluence(TRAIN.source(4), options).scores();
    InfluenceScorer inner = scorer(fitted(3), Long.MAX_VALUE);
    GradientSource scoring =
        sink -> {
          inner.selfInfluence(TRAIN.source(4), options);
          assertThat(open()).isEqualTo(BASES + LAYERS.size());
          TRAIN.source(4).replay(sink);
        };
    assertThat(outer.selfInfluence(scoring, options).scores()).isEqualTo(expected);
    assertThat(uploaded).hasSize(2 * (BASES + LAYERS.size()));
    assertThat(open()).isEqualTo(BASES + LAYERS.size());
    outer.selfInfluence(TRAIN.source(4), options);
    assertThat(uploaded).hasSize(2 * (BASES + LAYERS.size()));
  }

  @Test
  void nothingIsKeptBesideAFitterOrAfterTheEnd() {
    InfluenceScorer scorer = scorer(curvature, Long.MAX_VALUE);
    SelfInfluenceOptions options = SelfInfluenceOptions.defaults();
    scorer.selfInfluence(TRAIN.source(4), options);
    CurvatureFitter fitter = fit(backend).fitter(kept.makeRoom());
    assertThat(open()).isZero();
    scorer.selfInfluence(TRAIN.source(4), options);
    assertThat(open()).isZero();
    fitter.close();
    scorer.selfInfluence(TRAIN.source(4), options);
    assertThat(open()).isEqualTo(BASES + LAYERS.size());
    kept.close();
    assertThat(open()).isZero();
    scorer.selfInfluence(TRAIN.source(4), options);
    assertThat(open()).isZero();
  }
}
