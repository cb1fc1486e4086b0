/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.testing.SeededRandom;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * What a batch unfolds to is not part of the budget: rows that alone are larger than that run, to
 * the bits of a run without a budget, and the rest keeps to it.
 */
abstract class UnfoldBudget {
  private static final int SIZE = 64;
  private static final int CHANNELS = 8;
  private static final Conv2d CONV = Conv2d.of(CHANNELS, 2, 3).withPadding(1);

  private final String backend;
  private final long budget;

  /**
   * For subclasses.
   *
   * @param backend name of the backend under test
   * @param budget bytes that suffice for one layer
   */
  UnfoldBudget(String backend, long budget) {
    this.backend = backend;
    this.budget = budget;
  }

  @Test
  void rowsOfABatchAreNotCounted() {
    long each = (long) SIZE * SIZE * CHANNELS * 9 * Float.BYTES;
    int images = (int) (budget / each) + 1;
    double[][] expected = run(Long.MAX_VALUE, images);
    assertThat(run(budget, images)).isDeepEqualTo(expected);
  }

  private double[][] run(long maxMemory, int images) {
    return run(maxMemory, CONV, source(CONV, SIZE, images), source(CONV, SIZE, 2));
  }

  /** In a Java array, of which backends make a copy. */
  @Test
  void norIsAnImageThatIsLargerThanTheBudget() {
    Conv2d sparse = CONV.withStride(8);
    int size = (int) Math.sqrt((double) budget / (CHANNELS * Float.BYTES)) / 8 * 8 + 16;
    GradientSource data = source(sparse, size, 1);
    double[][] expected = run(Long.MAX_VALUE, sparse, data, data);
    assertThat(run(budget, sparse, data, data)).isDeepEqualTo(expected);
  }

  private double[][] run(long maxMemory, Conv2d conv, GradientSource data, GradientSource queries) {
    try (Influence influence =
        Influence.builder()
            .layers(LayerSpec.conv2d("conv", conv))
            .backend(backend)
            .threads(2)
            .maxMemory(maxMemory)
            .build()) {
      FittedCurvature curvature = influence.fit(data);
      double[][] scores =
          influence.score(curvature, queries, data, ScoreOptions.pairwise()).toMatrix();
      assertThat(influence.peakMemory()).isPositive().isLessThanOrEqualTo(maxMemory);
      return scores;
    }
  }

  /** One batch, its input in a Java array, the gradients in direct memory. */
  private static GradientSource source(Conv2d conv, int size, int images) {
    Random random = SeededRandom.at("unfold budget");
    float[] values = new float[images * CHANNELS * size * size];
    for (int i = 0; i < values.length; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    int output = (int) conv.outputHeight(size);
    TensorView gradients = TensorView.allocate(ElementType.F32, images, 2, output, output);
    for (int i = 0; i < gradients.elements(); i++) {
      gradients.set(i, random.nextFloat() - 0.5f);
    }
    TensorView input = TensorView.of(values, images, CHANNELS, size, size);
    GradientBatch batch = GradientBatch.of(images, new LayerBatch("conv", input, gradients));
    return sink -> sink.accept(batch);
  }
}
