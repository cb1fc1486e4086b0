/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.CurvatureStrategy.Kind;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Numbers that cannot be computed with, and what survives them. */
final class BadNumbersTest extends BadInput {
  @Test
  void fittedStateSurvivesABadBatch() {
    TensorView bad = with(Double.NaN, 2, 2, 3);
    GradientBatch[] refused = {
      two(fc(bad, tensor(2, 2))),
      two(fc(tensor(2, 3), with(Double.NaN, 0, 2, 2))),
      two(fc(tensor(2, 4), tensor(2, 2))),
      two()
    };
    LayerSpec first = LayerSpec.linear("first", 2, 1);
    LayerBatch good = new LayerBatch("first", tensor(2, 2), tensor(2, 1));
    FittedCurvature clean = fit(good, first);
    assertThat(bits(fit(good, first, refused))).isEqualTo(bits(clean));
  }

  /** The layer "first" is in order in all batches, so that a half-used batch would show. */
  private static FittedCurvature fit(LayerBatch good, LayerSpec first, GradientBatch... bad) {
    GradientBatch fine = two(good, fc());
    try (Influence influence = influence(first, FC);
        CurvatureFitter fitter = influence.fitter()) {
      fitter.addCovariance(fine);
      for (GradientBatch batch : bad) {
        GradientBatch mixed = with(good, batch);
        assertThatIllegalArgumentException().isThrownBy(() -> fitter.addCovariance(mixed));
      }
      fitter.addCovariance(fine);
      fitter.eigendecompose();
      fitter.addSquares(fine);
      for (GradientBatch batch : bad) {
        GradientBatch mixed = with(good, batch);
        assertThatIllegalArgumentException().isThrownBy(() -> fitter.addSquares(mixed));
      }
      fitter.addSquares(fine);
      return fitter.finish();
    }
  }

  private static GradientBatch with(LayerBatch good, GradientBatch bad) {
    return new GradientBatch(2, Stream.concat(Stream.of(good), bad.layers().stream()).toList());
  }

  private static double[] bits(FittedCurvature curvature) {
    Stream.Builder<double[]> all = Stream.builder();
    for (LayerSpec layer : curvature.layers()) {
      PartFactors part = curvature.factors(layer.name()).parts().get(0);
      for (var blocks : List.of(part.activations(), part.gradients())) {
        all.add(blocks.get(0).covariance().toDoubles());
        all.add(blocks.get(0).eigenvalues().toDoubles());
        all.add(blocks.get(0).eigenvectors().toDoubles());
      }
      all.add(Objects.requireNonNull(part.squares()).toDoubles());
    }
    return Tensors.concat(all.build().toArray(double[][]::new));
  }

  @Test
  void messagesNumberBatchesByPass() {
    GradientBatch fine = two(fc());
    GradientBatch bad = two(fc(with(Double.NaN, 0, 2, 3), tensor(2, 2)));
    try (Influence influence = influence(FC);
        CurvatureFitter fitter = influence.fitter()) {
      fitter.addCovariance(fine);
      illegal(() -> fitter.addCovariance(bad), "activations of batch 1 hold NaN");
      fitter.eigendecompose();
      fitter.addSquares(fine);
      illegal(() -> fitter.addSquares(bad), "activations of batch 1 hold NaN");
    }
  }

  @Test
  void maskedRowsMayHoldAnythingAndUnmaskedRowsAreNamedAsStored() {
    boolean[] mask = {true, false, true, true, true, true};
    LayerBatch fine = fc(with(Double.NaN, 4, 6, 3), tensor(6, 2)).withOffsets(0, 3, 6);
    LayerBatch bad = fc(with(Double.NaN, 6, 6, 3), tensor(6, 2)).withOffsets(0, 3, 6);
    try (Influence influence = influence(FC)) {
      assertThatCode(() -> influence.fit(source(two(fine.withMask(mask)))))
          .doesNotThrowAnyException();
      illegal(() -> influence.fit(source(two(bad.withMask(mask)))), "first in row 2;");
    }
  }

  @Test
  void fullyMaskedExampleScoresZero() {
    LayerBatch half = fc().withMask(false, false, false, true, true, true);
    try (Influence influence = influence(FC)) {
      FittedCurvature curvature = influence.fit(source(two(fc())));
      GradientSource masked = source(two(half));
      InfluenceScores scores =
          influence.score(curvature, source(two(fc())), masked, PAIRS.withPerRow(true));
      assertThat(scores.score(0, 0)).isZero();
      assertThat(scores.score(0, 1)).isNotZero();
      assertThat(scores.rowScores(0, 0)).isEmpty();
      assertThat(
              influence.selfInfluence(curvature, masked, SelfInfluenceOptions.defaults())
                  .scores()[0])
          .isZero();
      LayerBatch none = fc().withMask(new boolean[6]);
      outOfOrder(
          () -> influence.fit(source(two(none))), "Layer \"fc\": every row so far was masked");
      // Also where the layer is used a second time, and one of the uses has no rows at all.
      for (GradientBatch twice :
          List.of(two(LayerBatch.empty(FC), none), two(none, LayerBatch.empty(FC)))) {
        outOfOrder(() -> influence.fit(source(twice)), "Layer \"fc\": every row so far was masked");
      }
    }
  }

  @Test
  void layerWithoutGradientsHasNoInfluence() {
    LayerSpec dead = LayerSpec.linear("dead", 2, 2);
    GradientBatch fit =
        two(new LayerBatch("dead", tensor(2, 2), TensorView.of(new double[4], 2, 2)), fc());
    GradientSource alive = source(two(new LayerBatch("dead", tensor(2, 2), tensor(2, 2)), fc()));
    for (Kind kind : List.of(Kind.DIAGONAL, Kind.KFAC, Kind.EKFAC)) {
      try (Influence influence =
          Influence.builder()
              .layers(dead, FC)
              .strategy(new CurvatureStrategy(kind, 1))
              .backend("reference")
              .build()) {
        FittedCurvature curvature = influence.fit(source(fit));
        ScoreOptions options = PAIRS.withPerLayer(true).withDampings(Damping.absolute(1e-3));
        InfluenceScores scores = influence.score(curvature, alive, alive, options);
        assertThat(scores.layerScores("dead", 0)).containsOnly(0);
        assertThat(scores.layerScores("fc", 0)).doesNotContain(0);
        SelfInfluenceOptions self =
            SelfInfluenceOptions.defaults().withPerLayer(true).withDampings(Damping.absolute(1e-3));
        assertThat(influence.selfInfluence(curvature, alive, self).layerScores("dead"))
            .containsOnly(0);
      }
    }
  }

  @Test
  void overflowNamesTheLayer() {
    TensorView huge = with(1e200, 1, 2, 2);
    try (Influence influence = influence(FC)) {
      assertThatThrownBy(() -> influence.fit(source(two(fc(tensor(2, 3), huge)))))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("Layer \"fc\": the gradient covariance of features 1 and 1 is")
          .hasMessageContaining("scale the loss down");
    }
    try (Influence diagonal =
        Influence.builder()
            .layers(FC)
            .backend("reference")
            .strategy(CurvatureStrategy.DIAGONAL)
            .build()) {
      assertThatThrownBy(() -> diagonal.fit(source(two(fc(tensor(2, 3), huge)))))
          .isInstanceOf(ArithmeticException.class)
          .hasMessageContaining("Layer \"fc\": a sum of squared gradients is");
    }
  }

  @Test
  void groupsOutOfRangeAndMemoryTooSmall() {
    GradientSource data = source(two(fc()));
    try (Influence influence =
        Influence.builder().layers(FC).backend("reference").maxMemory(383).build()) {
      illegal(
          () -> influence.fit(data),
          "Layer \"fc\": fitting needs 384 bytes, more than maxMemory=383 allows; raise maxMemory");
    }
    try (Influence influence =
        Influence.builder().layers(FC).backend("reference").maxMemory(415).build()) {
      FittedCurvature curvature = influence.fit(data);
      illegal(
          () -> influence.score(curvature, data, data, PAIRS),
          "Layer \"fc\": one query with 1 damping(s) needs 416 bytes, more than maxMemory=415");
    }
    try (Influence influence = influence(FC)) {
      FittedCurvature curvature = influence.fit(data);
      ScoreOptions options = PAIRS.withGroups(new TrainingGroups(2, example -> 2));
      illegal(
          () -> influence.score(curvature, data, data, options),
          "Training example 0 was put in group 2 of 2; use 0 to 1, or -1 to leave it out.");
    }
  }

  @Test
  void rowScoresOfLayersWithUnlikeRows() {
    rowScoresRefused(new LayerBatch("other", tensor(2, 3), tensor(2, 2)), fc());
    LayerBatch all = new LayerBatch("other", tensor(2, 3, 3), tensor(2, 3, 2));
    LayerBatch fc = new LayerBatch("fc", tensor(2, 3, 3), tensor(2, 3, 2));
    rowScoresRefused(
        all.withMask(true, true, false, true, true, false),
        fc.withMask(true, false, true, true, true, false));
    rowScoresRefused(all.withRowsOf(0, 1, 0, 1, 0, 1), fc);
  }

  private static void rowScoresRefused(LayerBatch one, LayerBatch fc) {
    LayerSpec other = LayerSpec.linear("other", 3, 2);
    GradientSource data = source(two(fc, one));
    // At once, and with one layer a pass.
    for (long memory : new long[] {1000, 420}) {
      try (Influence influence =
          Influence.builder().layers(FC, other).backend("reference").maxMemory(memory).build()) {
        InfluenceScorer scorer = influence.scorer(influence.fit(data));
        illegal(
            () -> scorer.score(data, data, PAIRS.withPerRow(true)),
            "Row scores need layers with the same rows, but");
        illegal(
            () -> scorer.score(data, data, PAIRS.withPerQueryRow(true)),
            "Row scores need layers with the same rows, but");
      }
    }
  }
}
