/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.FloatPointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that are on the device already. */
@ExtendWith(Leaks.class)
final class LentMemoryTest {
  private static final Tuning SMALL = new Tuning(128, 128, 3, 1 << 20, 1 << 12);
  private static final int EXAMPLES = 3;
  private static final List<LayerSpec> LAYERS =
      List.of(
          LayerSpec.linear("masked", 4, 3),
          LayerSpec.linear("tied", 2, 3),
          LayerSpec.conv2d("unfolded", Conv2d.of(1, 2, 2)));

  @BeforeEach
  void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void givesTheSameBitsAsHostMemory(Precision precision) {
    try (ComputeBackend backend = Scenario.backend(precision, SMALL)) {
      List<double[]> expected = Scenario.run(backend, 9);
      try (ComputeBackend lent = new LentBackend(Scenario.backend(precision, SMALL))) {
        assertThat(Scenario.run(lent, 9)).usingRecursiveComparison().isEqualTo(expected);
      }
    }
  }

  @Test
  void noRowPassesThroughTheHost() {
    assumeFalse(StandIns.real(), "the stand-ins count what is copied");
    int rows = 1024;
    int columns = 16;
    TensorView data = TensorView.of(new float[rows * columns], rows, columns);
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL);
        BackendTensor values = backend.zeros(1, columns, columns);
        Lender lender = new Lender()) {
      Rows lent = new Rows(lender.lend(data), rows, columns, columns, 0, false, null);
      ExampleRows examples = new ExampleRows(lent, lent, new int[] {0, rows});
      long before = StandIns.crossedBytes();
      assertThat(backend.magnitudes(lent)).hasSize(rows).containsOnly(0);
      assertThat(backend.score(examples, new QueryFactors.Dense(values), 0)).containsExactly(0);
      assertThat(StandIns.crossedBytes() - before).as("bytes").isLessThan(8L * rows + 100);
    }
  }

  @Test
  void comesBackToTheHost() {
    double[] values = new Random(2).doubles(5000).toArray();
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL);
        Lender lender = new Lender()) {
      TensorView copy = backend.toHost(lender.lend(TensorView.of(values, 50, 100)));
      assertThat(copy.shape()).containsExactly(50, 100);
      assertThat(copy.toDoubles()).isEqualTo(values);
    }
  }

  @Test
  void hostMemoryIsNotTakenForTheDevices() {
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL);
        FloatPointer host = new FloatPointer(6)) {
      TensorView wrong = TensorView.onDevice(host.address(), 0, ElementType.F32, 2, 3);
      assertThatThrownBy(() -> backend.upload(wrong))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Tensor F32[2, 3] on a GPU is in host memory, but the backend computes on GPU 0;"
                  + " pass host memory with TensorView.of.");
    }
  }

  /**
   * Two handles of one stream, which a stream that does not block is not ordered with by itself.
   */
  @ParameterizedTest
  @ValueSource(longs = {0, 1})
  void theLegacyDefaultStreamIsWaitedFor(long handle) {
    double[] values = new Random(3).doubles(600).toArray();
    try (ComputeBackend backend = Scenario.backend(Precision.F64, SMALL);
        Lender lender = new Lender(handle);
        BackendTensor copy = backend.upload(lender.lend(TensorView.of(values, 20, 30)))) {
      lender.reuse();
      assertThat(copy.toDoubles()).isEqualTo(values);
    }
  }

  /** It is the stream of whoever asks: a backend of another thread would wait for nothing. */
  @Test
  void thePerThreadDefaultStreamIsRefused() {
    try (ComputeBackend backend = Scenario.backend(Precision.F32, SMALL);
        Lender lender = new Lender(2)) {
      TensorView lent = lender.lend(TensorView.of(new float[6], 2, 3));
      assertThatThrownBy(() -> backend.upload(lent))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "Tensor F32[2, 3] on a GPU is lent in the order of cudaStreamPerThread, which is another"
                  + " stream in each thread; pass a stream that was created, or 0 for the legacy"
                  + " default stream.");
    }
  }

  /** Layers that are read where they are, and those that must be copied: masked, tied, unfolded. */
  @Test
  void scoresOfAllKindsOfLayersAreTheSame() {
    try (Lender lender = new Lender()) {
      GradientBatch batch = batch();
      GradientSource host = sink -> sink.accept(batch);
      GradientSource device =
          sink -> {
            sink.accept(lent(batch, lender));
            lender.reuse();
          };
      assertThat(scores(device)).usingRecursiveComparison().isEqualTo(scores(host));
    }
  }

  private static List<double[]> scores(GradientSource data) {
    List<double[]> out = new ArrayList<>();
    try (Influence influence = Influence.builder().layers(LAYERS).backend("cuda").build()) {
      FittedCurvature curvature = influence.fit(data);
      InfluenceScores all = influence.score(curvature, data, data, ScoreOptions.pairwise());
      for (int q = 0; q < EXAMPLES; q++) {
        out.add(all.scores(q));
      }
    }
    try (Influence influence = Influence.builder().layers(LAYERS.get(0)).backend("cuda").build()) {
      GradientSource one = sink -> data.replay(batch -> sink.accept(first(batch)));
      FittedCurvature curvature = influence.fit(one);
      ScoreOptions byRow = ScoreOptions.topK(EXAMPLES).withPerQueryRow(true);
      InfluenceScores top = influence.score(curvature, one, one, byRow);
      out.add(top.rowScores(0, top.proponents(0).get(0).example()));
    }
    return out;
  }

  private static GradientBatch first(GradientBatch batch) {
    return new GradientBatch(batch.examples(), List.of(batch.layers().get(0)));
  }

  private static GradientBatch batch() {
    Random random = new Random(4);
    LayerBatch masked =
        new LayerBatch("masked", floats(random, 6, 4), floats(random, 6, 3))
            .withOffsets(0, 1, 3, 6)
            .withMask(true, true, false, true, false, true);
    LayerBatch tied =
        new LayerBatch("tied", floats(random, EXAMPLES, 2, 2), floats(random, EXAMPLES, 2, 3));
    LayerBatch again =
        new LayerBatch("tied", floats(random, EXAMPLES, 1, 2), floats(random, EXAMPLES, 1, 3));
    LayerBatch unfolded =
        new LayerBatch(
            "unfolded", floats(random, EXAMPLES, 1, 3, 3), floats(random, EXAMPLES, 2, 2, 2));
    return GradientBatch.of(EXAMPLES, masked, tied, again, unfolded);
  }

  private static GradientBatch lent(GradientBatch batch, Lender lender) {
    List<LayerBatch> uses = new ArrayList<>();
    for (LayerBatch use : batch.layers()) {
      uses.add(
          new LayerBatch(
              use.layer(),
              lender.lend(use.activations()),
              lender.lend(use.outputGradients()),
              use.offsets(),
              use.mask(),
              use.owners()));
    }
    return new GradientBatch(batch.examples(), uses);
  }

  private static TensorView floats(Random random, long... shape) {
    float[] values = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorView.of(values, shape);
  }
}
