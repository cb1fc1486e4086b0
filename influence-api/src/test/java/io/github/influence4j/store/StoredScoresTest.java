/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** P17: scores with loaded factors are those with the fitted ones, bit for bit. */
final class StoredScoresTest {
  private static final int EXAMPLES = 9;
  private static final LayerSpec FC = LayerSpec.linear("fc", 7, 5);
  private static final LayerSpec SIDE = LayerSpec.linear("side", 7, 3).sharingInputOf("fc");
  private static final LayerSpec CONV =
      LayerSpec.conv2d("conv", Conv2d.of(2, 4, 2).withGroups(2)).withoutBias();

  @TempDir Path folder;

  private static TensorView normal(Random random, long... shape) {
    int size = 1;
    for (long s : shape) {
      size *= (int) s;
    }
    return TensorView.of(random.doubles(size, -1, 1).toArray(), shape);
  }

  private static GradientSource source(Random random) {
    TensorView input = normal(random, EXAMPLES, 7);
    GradientBatch batch =
        GradientBatch.of(
            EXAMPLES,
            new LayerBatch("fc", input, normal(random, EXAMPLES, 5)),
            new LayerBatch("side", input, normal(random, EXAMPLES, 3)),
            new LayerBatch(
                "conv", normal(random, EXAMPLES, 2, 3, 3), normal(random, EXAMPLES, 4, 2, 2)));
    return sink -> sink.accept(batch);
  }

  @Test
  void scoresAreTheSameBits() throws IOException {
    Random random = SeededRandom.at("scoresAreTheSameBits");
    GradientSource train = source(random);
    GradientSource queries = source(random);
    for (CurvatureStrategy strategy :
        List.of(
            CurvatureStrategy.IDENTITY,
            CurvatureStrategy.DIAGONAL,
            CurvatureStrategy.KFAC,
            CurvatureStrategy.EKFAC,
            CurvatureStrategy.blockDiagonalEkfac(3))) {
      try (Influence influence =
          Influence.builder()
              .layers(FC, SIDE, CONV)
              .backend("reference")
              .strategy(strategy)
              .build()) {
        FittedCurvature fitted = influence.fit(train);
        Path file = folder.resolve("factors.safetensors");
        FactorStore.save(file, fitted);
        FittedCurvature loaded = FactorStore.load(file, influence.layers());
        assertThat(influence.score(loaded, queries, train, ScoreOptions.pairwise()).toMatrix())
            .isDeepEqualTo(
                influence.score(fitted, queries, train, ScoreOptions.pairwise()).toMatrix());
      }
    }
  }
}
