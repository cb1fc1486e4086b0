/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.planning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is planned is what runs do, on any backend. */
public abstract class RunPlanContract {
  private static final int EXAMPLES = 6;
  private static final int QUERIES = 5;
  private static final int ROWS = 3;
  private static final List<LayerSpec> LAYERS =
      List.of(
          LayerSpec.linear("a", 20, 30),
          LayerSpec.linear("b", 20, 12).sharingInputOf("a"),
          LayerSpec.linear("c", 40, 20),
          LayerSpec.linear("d", 25, 25).withoutBias());

  private final String backend;

  /** Room for all layers and queries, in kilobytes, and for some. */
  private final long spare;

  /**
   * For subclasses.
   *
   * @param backend to plan for
   * @param spare bytes that it takes for nothing
   */
  protected RunPlanContract(String backend, long spare) {
    this.backend = backend;
    this.spare = spare;
  }

  private Influence open(CurvatureStrategy strategy, long maxMemory) {
    return Influence.builder()
        .layers(LAYERS)
        .backend(backend)
        .strategy(strategy)
        .threads(1)
        .maxMemory(spare + maxMemory)
        .build();
  }

  /** Counts its replays. */
  private static final class Counted implements GradientSource {
    private final GradientBatch batch;
    private int replays;

    Counted(String place, int examples) {
      Random random = SeededRandom.at("plan " + place);
      float[] shared = normals(random, examples * ROWS * 20);
      batch =
          GradientBatch.of(
              examples,
              LAYERS.stream()
                  .map(
                      layer ->
                          new LayerBatch(
                              layer.name(),
                              view(
                                  layer.inputs() == 20
                                      ? shared
                                      : normals(random, examples * ROWS * layer.inputs()),
                                  examples),
                              view(normals(random, examples * ROWS * layer.outputs()), examples)))
                  .toArray(LayerBatch[]::new));
    }

    private static TensorView view(float[] values, int examples) {
      return TensorView.of(values, examples, ROWS, values.length / examples / ROWS);
    }

    private static float[] normals(Random random, int count) {
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return values;
    }

    @Override
    public void replay(io.github.influence4j.capture.GradientSink sink) {
      replays++;
      sink.accept(batch);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EKFAC, 1, 2000000, 0",
    "EKFAC, 1, 60000, 0",
    "EKFAC, 1, 45000, 4",
    "EKFAC, 3, 40000, 0",
    "KFAC, 1, 60000, 2",
    "DIAGONAL, 1, 60000, 0",
    "IDENTITY, 1, 50000, 0"
  })
  void passesAndBytesAreThoseOfTheRun(
      CurvatureStrategy.Kind kind, int blocks, long maxMemory, int rank) {
    LowRank truncation = rank == 0 ? null : LowRank.randomized(rank);
    ScoreOptions options = ScoreOptions.pairwise().withLowRank(truncation);
    Counted fitted = new Counted("fit", EXAMPLES);
    Counted train = new Counted("train", EXAMPLES);
    Counted queries = new Counted("queries", QUERIES);
    try (Influence influence = open(new CurvatureStrategy(kind, blocks), maxMemory)) {
      RunPlan plan = influence.plan(new Workload(EXAMPLES, EXAMPLES, QUERIES, ROWS), options);
      FittedCurvature curvature = influence.fit(fitted);
      StagePlan covariance = plan.stage(Stage.COVARIANCE);
      assertThat(fitted.replays)
          .isEqualTo(covariance.passes() + plan.stage(Stage.EIGENVALUES).passes());
      requirePeak(influence, plan.stages(), maxMemory);
      influence.score(curvature, queries, train, options);
      assertThat(train.replays).isEqualTo(plan.stage(Stage.SCORE).passes());
      assertThat(queries.replays).isEqualTo(plan.stage(Stage.PRECONDITION).passes());
      influence.selfInfluence(curvature, train, SelfInfluenceOptions.defaults());
      assertThat(train.replays - plan.stage(Stage.SCORE).passes())
          .isEqualTo(plan.stage(Stage.SELF_INFLUENCE).passes());
      requirePeak(influence, plan.stages(), maxMemory);
      assertThat(plan.covarianceBytes()).isEqualTo(bytes(curvature, FactorBlock::covariance));
      assertThat(plan.eigenvectorBytes()).isEqualTo(bytes(curvature, FactorBlock::eigenvectors));
      assertThat(plan.squaresBytes())
          .isEqualTo(parts(curvature).map(PartFactors::squares).mapToLong(this::bytes).sum());
    }
  }

  private void requirePeak(Influence influence, List<StagePlan> stages, long maxMemory) {
    long most = stages.stream().mapToLong(StagePlan::bytes).max().orElseThrow();
    assertThat(most).isLessThanOrEqualTo(spare + maxMemory);
    assertThat(influence.peakMemory()).isLessThanOrEqualTo(most);
  }

  private static Stream<PartFactors> parts(FittedCurvature curvature) {
    return LAYERS.stream().flatMap(layer -> curvature.factors(layer.name()).parts().stream());
  }

  /** Blocks that layers share count once. */
  private long bytes(
      FittedCurvature curvature, java.util.function.Function<FactorBlock, TensorView> of) {
    ToLongFunction<FactorBlock> bytes = block -> bytes(of.apply(block));
    return parts(curvature)
        .flatMap(part -> Stream.concat(part.activations().stream(), part.gradients().stream()))
        .distinct()
        .mapToLong(bytes)
        .sum();
  }

  private long bytes(@org.jspecify.annotations.Nullable TensorView view) {
    return view == null ? 0 : (long) view.elements() * view.type().bytes();
  }

  @Test
  void operationsGrowWithTheWork() {
    try (Influence influence = open(CurvatureStrategy.EKFAC, 2_000_000)) {
      ScoreOptions options = ScoreOptions.pairwise();
      RunPlan one = influence.plan(new Workload(10, 100, 2, 30), options);
      RunPlan two = influence.plan(new Workload(20, 300, 2, 30), options);
      assertThat(two.stage(Stage.COVARIANCE).operations())
          .isEqualTo(2 * one.stage(Stage.COVARIANCE).operations());
      assertThat(two.stage(Stage.SCORE).operations())
          .isEqualTo(3 * one.stage(Stage.SCORE).operations());
      assertThat(two.stage(Stage.EIGENDECOMPOSITION).operations())
          .isEqualTo(one.stage(Stage.EIGENDECOMPOSITION).operations());
      // 30 rows of both sides of each layer, but for the input of b, which is that of a.
      double sides = 21 * 21 + 30 * 30 + 12 * 12 + 41 * 41 + 20 * 20 + 2 * 25 * 25;
      assertThat(one.stage(Stage.COVARIANCE).operations()).isEqualTo(10 * 30 * sides);
    }
  }

  @Test
  void whatNeverFitsIsRefused() {
    try (Influence influence = open(CurvatureStrategy.EKFAC, 0)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> influence.plan(new Workload(1, 1, 1, 1), ScoreOptions.pairwise()))
          .withMessageContaining("maxMemory");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> new Workload(1, -1, 1, 1));
  }
}
