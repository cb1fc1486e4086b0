/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.retrieval.CandidateFilter;
import io.github.influence4j.retrieval.FunnelOptions;
import io.github.influence4j.retrieval.RetrievalFunnel;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every pass over a source is over the same examples in the same order. */
class ReplaysTest {
  private static final int N = 24;
  private static final LayerSpec[] LAYERS = {
    LayerSpec.linear("first", 5, 4), LayerSpec.linear("second", 4, 3)
  };
  private static final LayerSpec[] MANY =
      IntStream.range(0, 6)
          .mapToObj(i -> LayerSpec.linear("l" + i, 5, 4))
          .toArray(LayerSpec[]::new);

  /** What an example is made of: by layer and side, its rows. */
  private record Data(double[][][] rows) {
    static Data random(long seed, LayerSpec... layers) {
      Random random = new Random(seed);
      double[][][] rows = new double[layers.length][][];
      for (int l = 0; l < layers.length; l++) {
        rows[l] =
            new double[][] {
              random.doubles(layers[l].inputs()).map(x -> x - 0.5).toArray(),
              random.doubles(layers[l].outputs()).map(x -> x - 0.5).toArray()
            };
      }
      return new Data(rows);
    }
  }

  private static List<Data> data(int first, LayerSpec... layers) {
    return IntStream.range(first, first + N).mapToObj(i -> Data.random(i, layers)).toList();
  }

  private static GradientBatch batch(List<Data> examples, LayerSpec... layers) {
    List<LayerBatch> batches = new ArrayList<>();
    for (int l = 0; l < layers.length; l++) {
      int layer = l;
      double[] a =
          examples.stream().flatMapToDouble(d -> Arrays.stream(d.rows[layer][0])).toArray();
      double[] g =
          examples.stream().flatMapToDouble(d -> Arrays.stream(d.rows[layer][1])).toArray();
      batches.add(
          new LayerBatch(
              layers[l].name(),
              TensorView.of(a, examples.size(), layers[l].inputs()),
              TensorView.of(g, examples.size(), layers[l].outputs())));
    }
    return new GradientBatch(examples.size(), batches);
  }

  private static void push(List<Data> examples, int size, GradientSink sink, LayerSpec... layers) {
    for (int first = 0; first < examples.size(); first += size) {
      sink.accept(batch(examples.subList(first, Math.min(examples.size(), first + size)), layers));
    }
  }

  /** Gives one list after the other, the last one for ever. */
  private static GradientSource passes(LayerSpec[] layers, List<List<Data>> lists) {
    int[] pass = {0};
    return sink -> {
      int now = pass[0]++;
      push(lists.get(Math.min(now, lists.size() - 1)), 5 + now, sink, layers);
    };
  }

  private static List<Data> changed(List<Data> before, int example, int layer, int side) {
    List<Data> after = new ArrayList<>(before);
    double[][][] rows = new double[before.get(example).rows.length][][];
    for (int l = 0; l < rows.length; l++) {
      rows[l] = before.get(example).rows[l].clone();
    }
    rows[layer][side] = Data.random(999, MANY).rows[layer][side];
    rows[layer][side] =
        Arrays.copyOf(rows[layer][side], before.get(example).rows[layer][side].length);
    after.set(example, new Data(rows));
    return after;
  }

  private static List<Data> reversed(List<Data> before) {
    List<Data> after = new ArrayList<>(before);
    Collections.reverse(after);
    return after;
  }

  private static Influence influence(LayerSpec... layers) {
    return Influence.builder().layers(layers).backend("reference").build();
  }

  private static void refused(Runnable run, String... texts) {
    var thrown = assertThatIllegalStateException().isThrownBy(run::run);
    for (String text : texts) {
      thrown.withMessageContaining(text);
    }
  }

  @Test
  void otherDataInTheSecondPassOfAFit() {
    List<Data> one = data(0, LAYERS);
    try (Influence influence = influence(LAYERS)) {
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, data(100, LAYERS)))),
          "The source gave another example 0 in pass 1 than in pass 0: the activations of layer"
              + " \"first\" are not the same",
          "do not shuffle");
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, reversed(one)))),
          "another example 0 in pass 1");
      influence.fit(passes(LAYERS, List.of(one, one)));
    }
  }

  @Test
  void oneExampleOneLayerOneSide() {
    List<Data> one = data(0, LAYERS);
    String[] sides = {"the activations", "the output gradients"};
    try (Influence influence = influence(LAYERS)) {
      for (int layer = 0; layer < 2; layer++) {
        for (int side = 0; side < 2; side++) {
          List<Data> other = changed(one, 17, layer, side);
          refused(
              () -> influence.fit(passes(LAYERS, List.of(one, other))),
              "another example 17 in pass 1",
              sides[side] + " of layer \"" + LAYERS[layer].name() + "\"");
        }
      }
    }
    List<Data> many = data(0, MANY);
    try (Influence influence = influence(MANY)) {
      refused(
          () -> influence.fit(passes(MANY, List.of(many, changed(many, 3, 4, 0)))),
          "another example 3 in pass 1",
          "the activations of layers \"l3\" to \"l4\"");
    }
  }

  @Test
  void groupsOfLayersSeeTheSameData() {
    List<Data> one = data(0, LAYERS);
    try (Influence influence =
        Influence.builder().layers(LAYERS).backend("reference").maxMemory(1500).build()) {
      influence.fit(passes(LAYERS, List.of(one)));
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, one, data(50, LAYERS)))),
          "another example 0 in pass 2 than in pass 0");
      refused(
          () -> influence.fit(passes(LAYERS, List.of(one, one, one.subList(0, 20)))),
          "The source pushed 20 examples after 24 in the first replay");
    }
  }

  @Test
  void dropoutIsNoticed() {
    List<Data> one = data(0, LAYERS);
    GradientSource dropping =
        new GradientSource() {
          private final Random random = new Random(5);

          @Override
          public void replay(GradientSink sink) {
            List<Data> dropped = new ArrayList<>();
            for (Data example : one) {
              double[][][] rows = {example.rows[0], example.rows[1].clone()};
              rows[1][0] =
                  Arrays.stream(rows[1][0])
                      .map(x -> random.nextDouble() < 0.1 ? 0 : x / 0.9)
                      .toArray();
              dropped.add(new Data(rows));
            }
            push(dropped, 6, sink, LAYERS);
          }
        };
    try (Influence influence = influence(LAYERS)) {
      refused(() -> influence.fit(dropping), "in pass 1", "layer \"second\"", "switch dropout");
    }
  }

  /** Batches cut otherwise and rounding in the last bits of float32 are no other examples. */
  @Test
  void roundingIsNoChange() {
    List<Data> one = data(0, LAYERS);
    Random random = new Random(1);
    List<Data> rounded =
        one.stream()
            .map(
                d -> {
                  double[][][] rows = new double[d.rows.length][2][];
                  for (int l = 0; l < rows.length; l++) {
                    for (int s = 0; s < 2; s++) {
                      rows[l][s] =
                          Arrays.stream(d.rows[l][s])
                              .map(x -> x * (1 + 1e-4 * random.nextGaussian()))
                              .toArray();
                    }
                  }
                  return new Data(rows);
                })
            .toList();
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(one, rounded)));
      assertThat(curvature.factors("first").rows()).isEqualTo(N);
    }
  }

  @Test
  void paddingThatIsMaskedMayDiffer() {
    int[] pass = {0};
    LayerSpec layer = LayerSpec.linear("fc", 3, 2);
    GradientSource source =
        sink -> {
          int padded = 4 + pass[0]++;
          Random garbage = new Random(padded);
          float[] a = new float[2 * padded * 3];
          float[] g = new float[2 * padded * 2];
          boolean[] mask = new boolean[2 * padded];
          for (int i = 0; i < a.length; i++) {
            a[i] = garbage.nextFloat();
          }
          for (int e = 0; e < 2; e++) {
            for (int t = 0; t < 3 + e; t++) {
              int row = e * padded + t + (pass[0] % 2 == 0 && e == 0 ? 1 : 0);
              mask[row] = true;
              for (int c = 0; c < 3; c++) {
                a[row * 3 + c] = (float) Math.sin(1 + e + 3 * t + 7 * c);
              }
              g[row * 2] = (float) Math.cos(e + t);
              g[row * 2 + 1] = 1 + t;
            }
          }
          sink.accept(
              GradientBatch.of(
                  2,
                  new LayerBatch(
                          "fc", TensorView.of(a, 2, padded, 3), TensorView.of(g, 2, padded, 2))
                      .withMask(mask)));
        };
    try (Influence influence = influence(layer)) {
      assertThat(influence.fit(source).factors("fc").rows()).isEqualTo(7);
    }
  }

  /** Routed rows: each pass cuts the batches otherwise, and the rows of examples lie mixed. */
  @Test
  void rowsWithStatedOwners() {
    LayerSpec layer = LayerSpec.linear("expert", 3, 2);
    int[] pass = {0};
    int[] other = {-1};
    GradientSource source =
        sink -> {
          int size = 2 + pass[0]++ % 3;
          for (int first = 0; first < 12; first += size) {
            int examples = Math.min(size, 12 - first);
            List<Integer> owners = new ArrayList<>();
            List<Float> a = new ArrayList<>();
            List<Float> g = new ArrayList<>();
            for (int t = 0; t < 3; t++) {
              for (int e = examples - 1; e >= 0; e--) {
                int number = first + e;
                if (t >= number % 4) {
                  continue;
                }
                double shift = pass[0] > 1 && number == other[0] ? 0.5 : 0;
                owners.add(e);
                for (int c = 0; c < 3; c++) {
                  a.add((float) Math.sin(1 + number + 3 * t + 7 * c + shift));
                }
                g.add((float) Math.cos(number + t));
                g.add(1f + t);
              }
            }
            int rows = owners.size();
            sink.accept(
                GradientBatch.of(
                    examples,
                    new LayerBatch(
                            "expert",
                            TensorView.of(floats(a), rows, 3),
                            TensorView.of(floats(g), rows, 2))
                        .withRowsOf(owners.stream().mapToInt(i -> i).toArray())));
          }
        };
    try (Influence influence = influence(layer)) {
      assertThat(influence.fit(source).factors("expert").rows()).isEqualTo(18);
      pass[0] = 0;
      other[0] = 7;
      refused(() -> influence.fit(source), "another example 7 in pass 1", "layer \"expert\"");
    }
  }

  private static float[] floats(List<Float> values) {
    float[] out = new float[values.size()];
    for (int i = 0; i < out.length; i++) {
      out[i] = values.get(i);
    }
    return out;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void laterPassesOfScoring(int kind) {
    List<Data> train = data(0, LAYERS);
    List<Data> queries = data(200, LAYERS).subList(0, 4);
    GradientSource steadyTrain = passes(LAYERS, List.of(train));
    GradientSource steadyQueries = passes(LAYERS, List.of(queries));
    ScoreOptions options =
        kind == 0
            ? ScoreOptions.topK(3).withLowRank(LowRank.full(1))
            : kind == 1
                ? ScoreOptions.topK(3).withPerRow(true)
                : ScoreOptions.topK(3).withLowRank(LowRank.full(1).withMaxResidual(0.05));
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(steadyTrain);
      influence.score(curvature, steadyQueries, steadyTrain, options);
      refused(
          () ->
              influence.score(
                  curvature,
                  steadyQueries,
                  passes(LAYERS, List.of(train, reversed(train))),
                  options),
          "The training source gave another example 0 in pass 1");
      refused(
          () ->
              influence.score(
                  curvature,
                  passes(LAYERS, List.of(queries, reversed(queries))),
                  steadyTrain,
                  options),
          "The query source gave another example 0 in pass 1");
    }
  }

  @Test
  void aggregatedQueriesAreCountedToo() {
    List<Data> train = data(0, LAYERS);
    List<Data> queries = data(200, LAYERS).subList(0, 4);
    ScoreOptions options =
        ScoreOptions.topK(3).withAggregatedQueries(true).withLowRank(LowRank.full(1));
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(train)));
      refused(
          () ->
              influence.score(
                  curvature,
                  passes(LAYERS, List.of(queries, queries.subList(0, 3))),
                  passes(LAYERS, List.of(train)),
                  options),
          "The query source pushed 3 queries after 4 in an earlier replay");
    }
  }

  @Test
  void selfInfluenceInGroupsOfLayers() {
    List<Data> train = data(0, LAYERS);
    try (Influence influence =
        Influence.builder().layers(LAYERS).backend("reference").maxMemory(1500).build()) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(train)));
      try (Influence tight =
          Influence.builder().layers(LAYERS).backend("reference").maxMemory(1000).build()) {
        refused(
            () ->
                tight.selfInfluence(
                    curvature,
                    passes(LAYERS, List.of(train, reversed(train))),
                    SelfInfluenceOptions.defaults()),
            "The training source gave another example 0 in pass 1");
      }
    }
  }

  @Test
  void theFunnelSeesTheSameExamplesInBothStages() {
    List<Data> train = data(0, LAYERS);
    GradientSource queries = passes(LAYERS, List.of(data(200, LAYERS).subList(0, 2)));
    int[] calls = {0};
    IndexedGradients moving =
        IndexedGradients.of(
            N,
            numbers -> {
              int shift = calls[0]++ == 0 ? 0 : 1;
              List<Data> some = new ArrayList<>();
              for (long number : numbers) {
                some.add(train.get((int) ((number + shift) % N)));
              }
              return passes(LAYERS, List.of(some));
            });
    CandidateFilter all = atMost -> IntStream.range(0, 20).mapToLong(i -> i).toArray();
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(passes(LAYERS, List.of(train)));
      RetrievalFunnel funnel = new RetrievalFunnel(influence.scorer(curvature), moving);
      refused(
          () -> funnel.search(queries, List.of(all, all), FunnelOptions.topK(3)),
          "The training data gave another example ",
          "in pass 1 than in pass 0");
    }
  }

  @Test
  void batchesPushedByHandMayComeInAnotherOrder() {
    List<Data> one = data(0, LAYERS);
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature expected = influence.fit(passes(LAYERS, List.of(one)));
      FittedCurvature shuffled = byHand(influence, one, reversed(one));
      double[] values = shuffled.eigenvalues("first");
      for (int i = 0; i < values.length; i++) {
        assertThat(values[i]).isCloseTo(expected.eigenvalues("first")[i], Offset.offset(1e-9));
      }
      refused(
          () -> byHand(influence, one, changed(one, 9, 1, 0)),
          "The second pass was not over the examples of the first",
          "layer \"second\"");
      refused(() -> byHand(influence, one, data(300, LAYERS)), "not over the examples");
      refused(
          () -> byHand(influence, one, one.subList(0, 23)),
          "The second pass had 23 examples, the first 24");
    }
  }

  private static FittedCurvature byHand(Influence influence, List<Data> first, List<Data> second) {
    try (CurvatureFitter fitter = influence.fitter()) {
      push(first, 7, fitter::addCovariance, LAYERS);
      fitter.eigendecompose();
      push(second, 5, fitter::addSquares, LAYERS);
      return fitter.finish();
    }
  }

  /** Half precision differs by more from run to run, and is read like the rest. */
  @Test
  void halfPrecision() {
    LayerSpec layer = LayerSpec.linear("fc", 8, 2);
    int[] pass = {0};
    boolean[] other = {false};
    GradientSource source =
        sink -> {
          Random random = new Random(other[0] && pass[0] > 0 ? 2 : 1);
          double noise = pass[0]++ == 0 ? 0 : 0.01;
          ByteBuffer a = ByteBuffer.allocate(2 * 8 * 4).order(ByteOrder.LITTLE_ENDIAN);
          for (int i = 0; i < 8 * 4; i++) {
            float value = (float) ((random.nextDouble() - 0.5) * (1 + noise));
            a.putShort(2 * i, (short) (Float.floatToIntBits(value) >>> 16));
          }
          TensorView gradients = TensorView.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
          sink.accept(
              GradientBatch.of(
                  4, new LayerBatch("fc", TensorView.of(a, ElementType.BF16, 4, 8), gradients)));
        };
    try (Influence influence = influence(layer)) {
      influence.fit(source);
      pass[0] = 0;
      other[0] = true;
      refused(() -> influence.fit(source), "the activations of layer \"fc\"");
    }
  }

  @Test
  void scoresAreWhatTheyWereWithoutTheCheck() {
    List<Data> train = data(0, LAYERS);
    GradientSource source = passes(LAYERS, List.of(train));
    try (Influence influence = influence(LAYERS)) {
      FittedCurvature curvature = influence.fit(source);
      InfluenceScores scores = influence.score(curvature, source, source, ScoreOptions.pairwise());
      assertThat(scores.examples()).isEqualTo(N);
      assertThat(scores.score(3, 3)).isPositive();
    }
  }

  /** Bags of words under a model that has learned nothing: only inputs tell examples apart. */
  @Test
  void sparseInputsAreTold() {
    int words = 2000;
    Random random = new Random(5);
    List<GradientBatch> examples = new ArrayList<>();
    for (int e = 0; e < N; e++) {
      float[] bag = new float[words];
      random.ints(5, 0, words).forEach(word -> bag[word] = 1);
      TensorView gradient = TensorView.of(new float[] {e % 2 == 0 ? 0.5f : -0.5f}, 1, 1);
      examples.add(
          GradientBatch.of(1, new LayerBatch("words", TensorView.of(bag, 1, words), gradient)));
    }
    List<GradientBatch> others = new ArrayList<>(examples);
    Collections.swap(others, 2, 4);
    CheckedSource source =
        CheckedSource.of(
            new GradientSource() {
              private int passes;

              @Override
              public void replay(GradientSink sink) {
                (passes++ < 2 ? examples : others).forEach(sink::accept);
              }
            },
            "source",
            "examples");
    source.replay(batch -> {});
    source.replay(batch -> {});
    assertThatIllegalStateException()
        .isThrownBy(() -> source.replay(batch -> {}))
        .withMessageContaining("another example 2 in pass 2 than in pass 0: the activations of");
  }

  /** The head alone, of many classes: another label changes two elements of an output gradient. */
  @ParameterizedTest
  @ValueSource(ints = {100, 500})
  void labelsDrawnAnewAreTold(int classes) {
    LayerSpec head = LayerSpec.linear("head", 8, classes);
    for (long seed = 0; seed < 10; seed++) {
      Random labels = new Random(seed);
      GradientSource source =
          sink -> {
            for (int e = 0; e < 2 * N; e++) {
              float[] gradient = new float[classes];
              Arrays.fill(gradient, 1f / classes);
              gradient[labels.nextInt(classes)] -= 1;
              TensorView input = TensorView.of(Data.random(e, head).rows[0][0], 1, 8);
              TensorView output = TensorView.of(gradient, 1, classes);
              sink.accept(GradientBatch.of(1, new LayerBatch("head", input, output)));
            }
          };
      CheckedSource checked = CheckedSource.of(source, "source", "examples");
      checked.replay(batch -> {});
      assertThatIllegalStateException()
          .isThrownBy(() -> checked.replay(batch -> {}))
          .withMessageContaining("the output gradients of layer \"head\" are not the same");
    }
  }
}
