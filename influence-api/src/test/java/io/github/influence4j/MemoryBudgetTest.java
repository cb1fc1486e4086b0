/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * By the backend's own count: runs that would not fit are cut so that they do, to the same bits.
 * For each backend that counts its memory.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class MemoryBudgetTest extends BackendTest {
  private static final Damping[] DAMPINGS = {Damping.HEURISTIC, Damping.absolute(1)};

  /**
   * Equal layers, and what is asked about them.
   *
   * @param layers how many
   * @param inputs of each, without the bias
   * @param outputs of each
   * @param queries of two rows each
   * @param examples for training
   * @param rows of each example
   * @param scoredRows of each where as many examples are scored; fewer take less time
   */
  public record Workload(
      int layers, int inputs, int outputs, int queries, int examples, int rows, int scoredRows) {}

  /**
   * Budgets in bytes.
   *
   * @param some enough for about half of the layers
   * @param part of which every run uses at least one over this
   * @param ofTwo enough for fitting two layers of ordinary numbers
   * @param ofOne enough for fitting one
   * @param little not enough for one
   * @param nothing not enough to open the backend
   * @param refusal pattern of the message that says so
   */
  public record Budgets(
      long some, int part, long ofTwo, long ofOne, long little, long nothing, Pattern refusal) {}

  private final Workload workload;
  private final Budgets budgets;
  private final List<LayerSpec> layers;
  private final GradientSource train;

  private final GradientSource scored;

  private final GradientSource queries;
  private FittedCurvature curvature;

  /** For subclasses: what fits where. */
  protected MemoryBudgetTest(Workload workload, Budgets budgets) {
    this.workload = workload;
    this.budgets = budgets;
    layers =
        IntStream.range(0, workload.layers())
            .mapToObj(i -> LayerSpec.linear("layer" + i, workload.inputs(), workload.outputs()))
            .toList();
    train = source("train", workload.examples(), workload.rows());
    scored = source("scored", workload.examples(), workload.scoredRows());
    queries = source("queries", workload.queries(), 2);
  }

  /** Ranks at which scores fit into the budget. */
  protected abstract List<LowRank> lowRanks();

  /** A rank that is raised once, to {@link #raisedRank}. */
  protected abstract LowRank adaptive();

  /** What {@link #adaptive} becomes. */
  protected abstract int raisedRank();

  /** Takes all memory but so much away, where a test can. */
  protected void limitMemory(long bytes) {}

  @BeforeAll
  void fitWithoutBudget() {
    if (provider().availability().available()) {
      try (Influence influence = open(Long.MAX_VALUE)) {
        curvature = influence.fit(train);
      }
    }
  }

  /** One batch in Java arrays, which the backend copies. */
  private GradientSource source(String name, int examples, int rows) {
    Random random = SeededRandom.at("budget " + name);
    TensorView activations = normals(random, examples, rows, workload.inputs());
    TensorView gradients = normals(random, examples, rows, workload.outputs());
    List<LayerBatch> batches = new ArrayList<>();
    layers.forEach(layer -> batches.add(new LayerBatch(layer.name(), activations, gradients)));
    GradientBatch batch = GradientBatch.of(examples, batches.toArray(new LayerBatch[0]));
    return sink -> sink.accept(batch);
  }

  private static TensorView normals(Random random, int... shape) {
    float[] values = new float[shape[0] * shape[1] * shape[2]];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorView.of(values, shape[0], shape[1], shape[2]);
  }

  @Nested
  final class Unfolding extends UnfoldBudget {
    Unfolding() {
      super(provider().name(), budgets.some());
    }
  }

  private Influence open(long maxMemory) {
    return open(layers, maxMemory);
  }

  private Influence open(List<LayerSpec> some, long maxMemory) {
    return Influence.builder()
        .layers(some)
        .backend(provider().name())
        .threads(2)
        .maxMemory(maxMemory)
        .build();
  }

  private void assertKept(String what, Function<Influence, double[][]> run) {
    double[][] expected;
    try (Influence influence = open(Long.MAX_VALUE)) {
      expected = run.apply(influence);
      assertThat(influence.peakMemory()).as(what).isGreaterThan(budgets.some());
    }
    try (Influence influence = open(budgets.some())) {
      limitMemory(budgets.some());
      assertSameBits(what, run.apply(influence), expected);
      // And a good part of it is used.
      assertThat(influence.peakMemory())
          .as(what)
          .isBetween(budgets.some() / budgets.part(), budgets.some());
    } finally {
      limitMemory(Long.MAX_VALUE);
    }
  }

  private double[][] rows(InfluenceScores scores) {
    return IntStream.range(0, scores.queries())
        .boxed()
        .flatMap(q -> IntStream.range(0, workload.examples()).mapToObj(e -> scores.rowScores(q, e)))
        .toArray(double[][]::new);
  }

  @Test
  void fit() {
    assertKept(
        "fit",
        influence -> {
          FittedCurvature fitted = influence.fit(train);
          assertThat(fitted.layers()).isEqualTo(layers);
          return layers.stream()
              .map(layer -> fitted.eigenvalues(layer.name()))
              .toArray(double[][]::new);
        });
  }

  @Test
  void denseScores() {
    ScoreOptions options = ScoreOptions.pairwise();
    assertKept(
        "dense scores",
        influence -> influence.score(curvature, queries, scored, options).toMatrix());
  }

  @Test
  void rowScores() {
    ScoreOptions options = ScoreOptions.pairwise().withPerRow(true);
    assertKept(
        "row scores", influence -> rows(influence.score(curvature, queries, scored, options)));
  }

  @Test
  void lowRankScores() {
    for (LowRank lowRank : lowRanks()) {
      ScoreOptions options = ScoreOptions.pairwise().withLowRank(lowRank).withDampings(DAMPINGS);
      assertKept(
          lowRank.toString(),
          influence -> influence.score(curvature, queries, scored, options).toMatrix());
    }
  }

  @Test
  void scoresOfAdaptiveRank() {
    ScoreOptions options = ScoreOptions.pairwise().withLowRank(adaptive()).withDampings(DAMPINGS);
    assertKept(
        "adaptive rank",
        influence -> {
          InfluenceScores scores = influence.score(curvature, queries, scored, options);
          assertThat(scores.explain()).contains(", rank " + raisedRank() + ":");
          return scores.toMatrix();
        });
  }

  @Test
  void topScores() {
    ScoreOptions options = ScoreOptions.topK(5).withDampings(DAMPINGS);
    assertKept(
        "top scores",
        influence -> {
          InfluenceScores scores = influence.score(curvature, queries, scored, options);
          return IntStream.range(0, workload.queries())
              .mapToObj(
                  q ->
                      Stream.concat(scores.proponents(q).stream(), scores.opponents(q).stream())
                          .mapToDouble(Hit::score)
                          .toArray())
              .toArray(double[][]::new);
        });
  }

  @Test
  void selfInfluence() {
    SelfInfluenceOptions options = SelfInfluenceOptions.defaults().withDampings(DAMPINGS);
    assertKept(
        "self-influence",
        influence ->
            new double[][] {
              influence.selfInfluence(curvature, train, options).scores(),
              influence.selfInfluence(curvature, train, options).scores(DAMPINGS[1])
            });
  }

  /**
   * Numbers of magnitudes far apart have accumulators of their own, which no plan foresees: layers
   * that do not fit with them are fitted again, fewer at a time.
   */
  @Test
  void magnitudesFarApart() {
    GradientSource mixed = magnitudes(train);
    assertKept(
        "magnitudes far apart",
        influence -> {
          FittedCurvature fitted = influence.fit(mixed);
          assertThat(fitted.layers()).isEqualTo(layers);
          return layers.stream().map(layer -> squares(fitted, layer)).toArray(double[][]::new);
        });
  }

  /** Batches pushed by hand cannot be had again; what does not fit is refused as a whole. */
  @Test
  void magnitudesFarApartInAFitterOfOnesOwn() {
    List<LayerSpec> two = layers.subList(0, 2);
    GradientSource ordinary = some(train, two);
    GradientSource mixed = some(magnitudes(train), two);
    try (Influence wide = open(two, Long.MAX_VALUE);
        Influence influence = open(two, budgets.ofTwo());
        CurvatureFitter expected = wide.fitter();
        CurvatureFitter fitter = influence.fitter()) {
      assertThatThrownBy(() -> mixed.replay(fitter::addCovariance))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("numbers of magnitudes far apart are summed apart")
          .hasMessageContaining("raise maxMemory, or call Influence.fit");
      for (CurvatureFitter each : List.of(expected, fitter)) {
        ordinary.replay(each::addCovariance);
        each.eigendecompose();
      }
      assertThatThrownBy(() -> mixed.replay(fitter::addSquares))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("numbers of magnitudes far apart are summed apart");
      for (CurvatureFitter each : List.of(expected, fitter)) {
        ordinary.replay(each::addSquares);
      }
      FittedCurvature a = fitter.finish();
      FittedCurvature b = expected.finish();
      for (LayerSpec layer : two) {
        assertSameBits(layer.name(), squares(a, layer), squares(b, layer));
      }
    }
  }

  @Test
  void magnitudesFarApartThatDoNotFitInOneLayer() {
    try (Influence influence = open(budgets.ofOne())) {
      influence.fit(train);
      assertThatThrownBy(() -> influence.fit(magnitudes(train)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": fitting needs ")
          .hasMessageContaining(" of them because its numbers differ by magnitudes, more than")
          .hasMessageContaining("maxMemory=" + budgets.ofOne() + " allows; raise maxMemory");
    }
  }

  private static double[] squares(FittedCurvature curvature, LayerSpec layer) {
    TensorView squares = curvature.factors(layer.name()).parts().get(0).squares();
    return Objects.requireNonNull(squares).toDoubles();
  }

  /** The same data, of which every third example is far smaller and every third far larger. */
  private static GradientSource magnitudes(GradientSource source) {
    List<GradientBatch> batches = new ArrayList<>();
    source.replay(
        batch ->
            batches.add(
                GradientBatch.of(
                    batch.examples(),
                    batch.layers().stream()
                        .map(
                            b ->
                                new LayerBatch(
                                    b.layer(),
                                    magnitudes(b.activations()),
                                    magnitudes(b.outputGradients())))
                        .toArray(LayerBatch[]::new))));
    return sink -> batches.forEach(sink::accept);
  }

  private static TensorView magnitudes(TensorView tensor) {
    double[] factors = {0x1p-70, 1, 0x1p70};
    int each = (int) (tensor.elements() / tensor.size(0));
    float[] values = new float[tensor.elements()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (tensor.get(i) * factors[i / each % 3]);
    }
    return TensorView.of(values, tensor.shape());
  }

  private static GradientSource some(GradientSource source, List<LayerSpec> layers) {
    return sink ->
        source.replay(
            batch ->
                sink.accept(
                    GradientBatch.of(
                        batch.examples(),
                        batch.layers().subList(0, layers.size()).toArray(new LayerBatch[0]))));
  }

  @Test
  void tooLittleForOneLayer() {
    long little = budgets.little();
    try (Influence influence = open(little)) {
      String allows = " bytes, more than maxMemory=" + little + " allows; raise maxMemory";
      assertThatThrownBy(() -> influence.fit(train))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": fitting needs ")
          .hasMessageContaining(allows);
      assertThatThrownBy(() -> influence.score(curvature, queries, train, ScoreOptions.pairwise()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": one query with 1 damping(s) needs ")
          .hasMessageContaining(allows);
      assertThatThrownBy(
              () -> influence.selfInfluence(curvature, scored, SelfInfluenceOptions.defaults()))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("Layer \"layer0\": self-influence with 1 damping(s) needs ")
          .hasMessageContaining(allows);
    }
    try (Influence influence = open(budgets.some())) {
      assertThatThrownBy(influence::fitter)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "do not fit into maxMemory=" + budgets.some() + " beside those before");
    }
    assertThatThrownBy(() -> open(budgets.nothing()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageMatching(budgets.refusal());
  }
}
