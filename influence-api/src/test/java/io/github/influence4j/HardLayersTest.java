/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Layers that other libraries get wrong (tied weights, grouped, depthwise and padded convolutions,
 * masked rows), against explicit gradients of every example and explicit inverse matrices.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public abstract class HardLayersTest extends BackendTest {
  private static final int TRAIN = 9;
  private static final int QUERIES = 4;
  private static final List<CurvatureStrategy> STRATEGIES =
      List.of(
          CurvatureStrategy.IDENTITY,
          CurvatureStrategy.DIAGONAL,
          CurvatureStrategy.KFAC,
          CurvatureStrategy.EKFAC,
          CurvatureStrategy.blockDiagonalEkfac(2));
  private static final Damping[] DAMPINGS = {Damping.HEURISTIC, Damping.absolute(0.3)};

  private final Accuracy accuracy = new Accuracy();
  private TestRandom random;

  /** For subclasses. */
  protected HardLayersTest() {}

  @BeforeAll
  void seed() {
    random = TestRandom.of(getClass());
  }

  @AfterAll
  void report() {
    System.out.printf("%s %s, largest errors:%n%s", backendName(), precision(), accuracy.report());
  }

  /** The same examples as the library gets them and as naive loops see them. */
  private record Data(Captures captures, List<NaiveLayer> layers) {
    static Data of(int examples, LayerSpec... specs) {
      return new Data(
          new Captures(examples),
          Arrays.stream(specs).map(spec -> new NaiveLayer(spec, examples)).toList());
    }

    NaiveLayer layer(String name) {
      return layers.stream().filter(l -> l.spec.name().equals(name)).findFirst().orElseThrow();
    }

    Data linear(String name, double[][][] activations, double[][][] gradients) {
      captures.linear(name, activations, gradients);
      layer(name).use(activations, gradients, null);
      return this;
    }

    List<LayerSpec> specs() {
      return layers.stream().map(layer -> layer.spec).toList();
    }
  }

  private void check(String kind, Data train, Data queries) {
    for (CurvatureStrategy strategy : STRATEGIES) {
      try (Influence influence = influence(train.specs(), strategy)) {
        FittedCurvature curvature = influence.fit(train.captures.inBatchesOf(4));
        if (strategy.factored()) {
          train.layers.forEach(layer -> checkFactors(kind, layer, curvature));
        }
        ScoreOptions options = ScoreOptions.pairwise().withDampings(DAMPINGS);
        InfluenceScores pairs =
            influence.score(
                curvature, queries.captures.inBatchesOf(3), train.captures.inBatchesOf(5), options);
        SelfInfluence self =
            influence.selfInfluence(
                curvature, train.captures, SelfInfluenceOptions.defaults().withDampings(DAMPINGS));
        for (Damping damping : DAMPINGS) {
          List<NaiveInfluence> naive =
              train.layers.stream()
                  .map(layer -> new NaiveInfluence(layer, strategy, curvature, damping))
                  .toList();
          double[] actual = Tensors.concat(pairs.forDamping(damping).toMatrix());
          close(kind + ", pairwise", actual, scores(naive, queries, train, false));
          close(kind + ", self", self.scores(damping), scores(naive, train, train, true));
        }
      }
    }
  }

  private void close(String kind, double[] actual, double[] expected) {
    accuracy.check(kind, actual, expected, isDouble() ? 1e-9 : 1e-3);
  }

  private static double[] scores(
      List<NaiveInfluence> naive, Data queries, Data train, boolean self) {
    int columns = self ? 1 : train.captures.examples();
    double[] out = new double[queries.captures.examples() * columns];
    for (int i = 0; i < out.length; i++) {
      int q = i / columns;
      int m = self ? q : i % columns;
      for (int l = 0; l < naive.size(); l++) {
        out[i] += naive.get(l).score(queries.layers.get(l), q, train.layers.get(l), m);
      }
    }
    return out;
  }

  /** Covariances of explicit rows, and eigenvectors that are orthonormal and diagonalise them. */
  private void checkFactors(String kind, NaiveLayer layer, FittedCurvature curvature) {
    assertThat(curvature.factors(layer.spec.name()).rows()).isEqualTo(layer.rows());
    for (int g = 0; g < layer.spec.groups(); g++) {
      PartFactors part = curvature.factors(layer.spec.name()).parts().get(g);
      checkSide(kind, layer.covariance(g, true), part.activations(), layer.rows());
      checkSide(kind, layer.covariance(g, false), part.gradients(), layer.rows());
    }
  }

  private void checkSide(String kind, double[][] covariance, List<FactorBlock> blocks, int rows) {
    int first = 0;
    for (FactorBlock block : blocks) {
      int d = block.dimension();
      double[] expected = new double[d * d];
      double[] sum = new double[d * d];
      double[] values = block.eigenvalues().toDoubles();
      double[] q = block.eigenvectors().toDoubles();
      double[] recomposed = new double[d * d];
      for (int i = 0; i < d * d; i++) {
        expected[i] = covariance[first + i / d][first + i % d];
        sum[i] = block.covariance().toDoubles()[i] / rows;
        for (int k = 0; k < d; k++) {
          recomposed[i] += q[i / d * d + k] * values[k] * q[i % d * d + k];
        }
      }
      close(kind + ", covariances", sum, expected);
      close(kind + ", eigenvectors", recomposed, expected);
      first += d;
    }
  }

  @Test
  void layerUsedTwice() {
    LayerSpec tied = LayerSpec.linear("tied", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 5).withoutBias();
    check("tied", tied(TRAIN, tied, head), tied(QUERIES, tied, head));
  }

  /** Two uses of unlike lengths of one layer, and a layer used once. */
  private Data tied(int examples, LayerSpec tied, LayerSpec head) {
    Data data = Data.of(examples, tied, head);
    for (int use = 0; use < 2; use++) {
      int[] lengths = random.lengths(examples, 1, 4);
      data.linear("tied", random.examples(lengths, 4), random.examples(lengths, 3));
    }
    int[] lengths = random.lengths(examples, 1, 1);
    return data.linear("head", random.examples(lengths, 3), random.examples(lengths, 5));
  }

  @Test
  void convolutionUsedTwice() {
    Conv2d conv = Conv2d.of(2, 3, 2).withPadding(1);
    LayerSpec spec = LayerSpec.conv2d("conv", conv);
    Data train = images(TRAIN, spec, 3, 4);
    Data queries = images(QUERIES, spec, 3, 4);
    addImages(train, spec, 2, 2);
    addImages(queries, spec, 2, 2);
    check("tied convolution", train, queries);
  }

  static Stream<Conv2d> convolutions() {
    Conv2d plain = Conv2d.of(2, 3, 2);
    Conv2d four = Conv2d.of(4, 4, 2);
    Stream.Builder<Conv2d> all = Stream.builder();
    all.add(plain).add(plain.withStride(2)).add(plain.withDilation(2).withPadding(1));
    all.add(
        Conv2d.of(2, 2, 1, 3).withStride(1, 2).withPadding(0, 1).withDilation(1, 2).withGroups(1));
    all.add(
        Conv2d.of(1, 2, 3, 2)
            .withStride(2, 1)
            .withPadding(2, 1)
            .withPaddingMode(PaddingMode.REFLECT)
            .withDilation(1, 2)
            .withGroups(1));
    for (PaddingMode mode : PaddingMode.values()) {
      all.add(Conv2d.of(2, 2, 3).withPadding(2).withPaddingMode(mode));
      all.add(four.withGroups(2).withPadding(1).withPaddingMode(mode));
    }
    all.add(Conv2d.of(4, 8, 2).withGroups(4)); // depthwise with two outputs a channel
    return all.add(four.withGroups(4).withStride(2)).add(four.withGroups(2)).build();
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void convolution(Conv2d conv) {
    LayerSpec spec = LayerSpec.conv2d("conv", conv);
    String kind = conv.groups() == 1 ? "convolution" : "grouped convolution";
    check(kind, images(TRAIN, spec, 5, 6), images(QUERIES, spec, 5, 6));
    LayerSpec plain = spec.withoutBias();
    check(kind + " without bias", images(TRAIN, plain, 5, 6), images(QUERIES, plain, 5, 6));
  }

  private Data images(int examples, LayerSpec spec, int height, int width) {
    return addImages(Data.of(examples, spec), spec, height, width);
  }

  private Data addImages(Data data, LayerSpec spec, int height, int width) {
    int examples = data.captures.examples();
    Conv2d conv = Objects.requireNonNull(spec.convolution());
    NaiveConvolution naive = new NaiveConvolution(conv, height, width);
    double[][] inputs = random.matrix(examples, naive.inputSize());
    double[][] outputs = random.matrix(examples, naive.outputSize());
    data.captures.images(spec.name(), conv, height, inputs, outputs);
    NaiveLayer layer = data.layer(spec.name());
    boolean firstUse = layer.rows() == 0;
    for (int e = 0; e < examples; e++) {
      naive.addRows(layer, e, inputs[e], outputs[e], null);
      for (int g = 0; firstUse && g < conv.groups(); g++) {
        double[] defined = naive.weightGradient(inputs[e], outputs[e], g, spec.bias());
        accuracy.check("convolution by definition", layer.gradient(g, e), defined, 1e-12);
      }
    }
    return data;
  }

  @Test
  void maskedRowsCountForNothingWhateverTheyHold() {
    LayerSpec spec = LayerSpec.linear("masked", 4, 3);
    check("masked", masked(TRAIN, spec), masked(QUERIES, spec));
  }

  private Data masked(int examples, LayerSpec spec) {
    Data data = Data.of(examples, spec);
    int[] lengths = random.lengths(examples, 5, 5);
    double[][][] activations = random.examples(lengths, spec.inputs());
    double[][][] gradients = random.examples(lengths, spec.outputs());
    boolean[][] kept = new boolean[examples][5];
    for (int e = 0; e < examples; e++) {
      for (int r = 0; r < 5; r++) {
        kept[e][r] = r == 0 || random.between(0, 1) == 1;
        if (!kept[e][r]) {
          activations[e][r][1] = Double.NaN;
          gradients[e][r][2] = Double.POSITIVE_INFINITY;
        }
      }
    }
    data.layers.get(0).use(activations, gradients, kept);
    data.captures.masked(spec.name(), activations, gradients, kept);
    return data;
  }

  @Test
  void maskedPositionsOfAConvolution() {
    Conv2d conv = Conv2d.of(2, 2, 2);
    LayerSpec spec = LayerSpec.conv2d("conv", conv);
    check("masked convolution", maskedImages(TRAIN, spec), maskedImages(QUERIES, spec));
  }

  private Data maskedImages(int examples, LayerSpec spec) {
    Data data = Data.of(examples, spec);
    Conv2d conv = Objects.requireNonNull(spec.convolution());
    NaiveConvolution naive = new NaiveConvolution(conv, 3, 3);
    double[][] inputs = random.matrix(examples, naive.inputSize());
    double[][] outputs = random.matrix(examples, naive.outputSize());
    boolean[] one = {true, false, true, true};
    for (int e = 0; e < examples; e++) {
      outputs[e][1] = Double.NaN;
      naive.addRows(data.layers.get(0), e, inputs[e], outputs[e], one);
    }
    Captures plain = new Captures(examples).images(spec.name(), conv, 3, inputs, outputs);
    data.captures.add(
        (first, last, type) -> {
          boolean[] mask = new boolean[4 * (last - first)];
          for (int i = 0; i < mask.length; i++) {
            mask[i] = one[i % 4];
          }
          return plain.batch(first, last).layers().get(0).withMask(mask);
        });
    return data;
  }

  @Test
  void rowsInAnyOrderBelongToTheExamplesThatWereNamed() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    check("routed", routed(TRAIN, expert, head), routed(QUERIES, expert, head));
  }

  /** Two uses of an expert that gets 0 to 3 rows an example, and a layer with one row each. */
  private Data routed(int examples, LayerSpec expert, LayerSpec head) {
    Data data = Data.of(examples, expert, head);
    for (int use = 0; use < 2; use++) {
      int[] lengths = random.lengths(examples, 0, 3);
      lengths[random.between(0, examples - 1)] = 2;
      double[][][] activations = random.examples(lengths, 4);
      double[][][] gradients = random.examples(lengths, 3);
      data.captures.routed("expert", activations, gradients, use);
      data.layer("expert").use(activations, gradients, null);
    }
    int[] lengths = random.lengths(examples, 1, 1);
    return data.linear("head", random.examples(lengths, 3), random.examples(lengths, 2));
  }

  @Test
  void asManyRoutedRowsAsExamples() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    check("as many routed rows as examples", permuted(TRAIN, expert), permuted(QUERIES, expert));
  }

  private Data permuted(int examples, LayerSpec expert) {
    Data data = Data.of(examples, expert);
    int[] lengths = new int[examples]; // 2, 0, 2, 0, ...: in every batch of even size K = N
    Arrays.setAll(lengths, e -> e == examples - 1 ? 1 : e % 2 == 0 ? 2 : 0);
    double[][][] activations = random.examples(lengths, 4);
    double[][][] gradients = random.examples(lengths, 3);
    data.captures.routed("expert", activations, gradients, 7);
    data.layer("expert").use(activations, gradients, null);
    return data;
  }

  @Test
  void examplesWithoutRowsAndBatchesWithoutTheLayer() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    check("uncalled", uncalled(TRAIN, expert, head), uncalled(QUERIES, expert, head));
  }

  private Data uncalled(int examples, LayerSpec expert, LayerSpec head) {
    Data data = Data.of(examples, expert, head);
    int[] one = random.lengths(examples, 1, 1);
    data.linear("head", random.examples(one, 3), random.examples(one, 2));
    int[] lengths = new int[examples];
    lengths[0] = 3;
    lengths[2] = 1; // later batches do not call the expert
    double[][][] activations = random.examples(lengths, 4);
    double[][][] gradients = random.examples(lengths, 3);
    Captures packed = new Captures(examples).linear("expert", activations, gradients);
    data.captures.add(
        (first, last, type) ->
            first > 2 ? LayerBatch.empty(expert) : packed.batch(first, last).layers().get(0));
    data.layer("expert").use(activations, gradients, null);
    return data;
  }

  @Test
  void rowsCountWhereTheyAreAndExamplesEverywhere() {
    LayerSpec expert = LayerSpec.linear("expert", 4, 3);
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    Data train = uncalled(TRAIN, expert, head);
    try (Influence influence = influence(train.specs(), CurvatureStrategy.EKFAC)) {
      FittedCurvature curvature = influence.fit(train.captures.inBatchesOf(4));
      assertThat(curvature.factors("expert").rows()).isEqualTo(4);
      assertThat(curvature.factors("head").rows()).isEqualTo(TRAIN);
      for (String name : List.of("expert", "head")) {
        assertThat(curvature.factors(name).squaresExamples()).isEqualTo(TRAIN);
        assertThat(curvature.factors(name).covarianceExamples()).isEqualTo(TRAIN);
      }
    }
  }

  @Test
  void anExpertThatNeverGotARowHasNoInfluence() {
    LayerSpec dead = LayerSpec.linear("dead", 4, 3);
    LayerSpec deadConv = LayerSpec.conv2d("conv", Conv2d.of(2, 2, 2));
    LayerSpec head = LayerSpec.linear("head", 3, 2);
    int[] one = random.lengths(TRAIN, 1, 1);
    Data train =
        Data.of(TRAIN, head).linear("head", random.examples(one, 3), random.examples(one, 2));
    GradientSource withDead =
        sink ->
            train.captures.replay(batch -> sink.accept(batch.withUncalled(dead, head, deadConv)));
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] expected = scores(List.of(head), strategy, train.captures, train.captures);
      double[] actual = scores(List.of(dead, head, deadConv), strategy, withDead, withDead);
      assertThat(actual).as("%s", strategy).isEqualTo(expected);
    }
  }

  @Test
  void convolutionOfRoutedImages() {
    LayerSpec spec = LayerSpec.conv2d("conv", Conv2d.of(2, 3, 2).withPadding(1));
    check("routed images", routedImages(TRAIN, spec), routedImages(QUERIES, spec));
  }

  /** Example e has two images where e is even, none otherwise; in reverse order. */
  private Data routedImages(int examples, LayerSpec spec) {
    Data data = Data.of(examples, spec);
    Conv2d conv = Objects.requireNonNull(spec.convolution());
    NaiveConvolution naive = new NaiveConvolution(conv, 3, 4);
    int images = 2 * ((examples + 1) / 2);
    double[][] inputs = random.matrix(images, naive.inputSize());
    double[][] outputs = random.matrix(images, naive.outputSize());
    for (int i = 0; i < images; i++) {
      naive.addRows(data.layers.get(0), i / 2 * 2, inputs[i], outputs[i], null);
    }
    data.captures.add(
        (first, last, type) -> {
          int[] chosen =
              IntStream.range(0, images)
                  .map(i -> images - 1 - i)
                  .filter(i -> i / 2 * 2 >= first && i / 2 * 2 < last)
                  .toArray();
          double[][] in = Arrays.stream(chosen).mapToObj(i -> inputs[i]).toArray(double[][]::new);
          double[][] out = Arrays.stream(chosen).mapToObj(i -> outputs[i]).toArray(double[][]::new);
          int[] owners = Arrays.stream(chosen).map(i -> i / 2 * 2 - first).toArray();
          return chosen.length == 0
              ? LayerBatch.empty(spec)
              : new Captures(chosen.length)
                  .images(spec.name(), conv, 3, in, out)
                  .batch(0, chosen.length)
                  .layers()
                  .get(0)
                  .withRowsOf(owners);
        });
    return data;
  }

  @Test
  void convolutionsOfOneDimension() {
    Conv1d plain = Conv1d.of(3, 3, 2);
    Conv1d wide = Conv1d.of(2, 4, 3).withStride(2).withPadding(1).withDilation(2).withGroups(2);
    for (Conv1d conv : List.of(plain, wide.withPaddingMode(PaddingMode.CIRCULAR))) {
      LayerSpec spec = LayerSpec.conv1d("wave", conv);
      check("1-d convolution", waves(TRAIN, spec, 7), waves(QUERIES, spec, 7));
    }
  }

  private Data waves(int examples, LayerSpec spec, int length) {
    Data images = images(examples, spec, 1, length);
    Data data = new Data(new Captures(examples), images.layers);
    data.captures.add(
        (first, last, type) -> {
          LayerBatch batch = images.captures.batch(first, last).layers().get(0);
          return new LayerBatch("wave", flat(batch.activations()), flat(batch.outputGradients()));
        });
    return data;
  }

  /** [N, C, 1, L] as [N, C, L]. */
  private static TensorView flat(TensorView images) {
    return images.reshape(images.size(0), images.size(1), images.size(3));
  }

  @Test
  void layersThatShareAnInputShareItsFactors() {
    LayerSpec q = LayerSpec.linear("q", 4, 3);
    LayerSpec k = LayerSpec.linear("k", 4, 2);
    LayerSpec v = LayerSpec.linear("v", 4, 5);
    Data train = shared(TRAIN, q, k, v);
    Data queries = shared(QUERIES, q, k, v);
    check("shared input", train, queries);
    List<LayerSpec> sharing = List.of(q, k.sharingInputOf("q"), v.sharingInputOf("q"));
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] separate = scores(train.specs(), strategy, train.captures, queries.captures);
      assertThat(scores(sharing, strategy, train.captures, queries.captures)).isEqualTo(separate);
    }
    try (Influence influence = influence(sharing, CurvatureStrategy.EKFAC)) {
      FittedCurvature curvature = influence.fit(train.captures);
      FactorBlock owned = curvature.factors("q").parts().get(0).activations().get(0);
      for (String name : List.of("k", "v")) {
        assertThat(curvature.factors(name).parts().get(0).activations().get(0)).isSameAs(owned);
      }
    }
  }

  private Data shared(int examples, LayerSpec... specs) {
    Data data = Data.of(examples, specs);
    int[] lengths = random.lengths(examples, 1, 4);
    double[][][] input = random.examples(lengths, 4);
    for (LayerSpec spec : specs) {
      data.linear(spec.name(), input, random.examples(lengths, spec.outputs()));
    }
    return data;
  }

  private double[] scores(
      List<LayerSpec> layers,
      CurvatureStrategy strategy,
      GradientSource train,
      GradientSource queries) {
    try (Influence influence = influence(layers, strategy)) {
      FittedCurvature curvature = influence.fit(train);
      ScoreOptions options = ScoreOptions.pairwise().withDampings(DAMPINGS);
      double[] pairs =
          Tensors.concat(influence.score(curvature, queries, train, options).toMatrix());
      double[] self =
          influence
              .selfInfluence(
                  curvature, train, SelfInfluenceOptions.defaults().withDampings(DAMPINGS))
              .scores();
      return Tensors.concat(new double[][] {pairs, self});
    }
  }

  @Test
  void offsetsArePaddingWithAMaskToTheLastBit() {
    LayerSpec spec = LayerSpec.linear("fc", 5, 3);
    int[] lengths = random.lengths(TRAIN, 1, 6);
    double[][][] activations = random.examples(lengths, 5);
    double[][][] gradients = random.examples(lengths, 3);
    Captures offsets = new Captures(TRAIN).linear("fc", activations.clone(), gradients.clone());
    boolean[][] kept = new boolean[TRAIN][6];
    for (int e = 0; e < TRAIN; e++) {
      Arrays.fill(kept[e], 0, lengths[e], true);
      activations[e] = padded(activations[e], 5);
      gradients[e] = padded(gradients[e], 3);
    }
    Captures masked = new Captures(TRAIN).masked("fc", activations, gradients, kept);
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] expected = scores(List.of(spec), strategy, offsets, offsets);
      assertThat(scores(List.of(spec), strategy, masked.inBatchesOf(4), masked))
          .isEqualTo(expected);
    }
  }

  private static double[][] padded(double[][] rows, int columns) {
    double[][] out = Arrays.copyOf(rows, 6);
    for (int r = rows.length; r < 6; r++) {
      out[r] = new double[columns];
      Arrays.fill(out[r], Double.NaN);
    }
    return out;
  }

  @Test
  void narrowTypesAreTheirValuesWidened() {
    LayerSpec fc = LayerSpec.linear("fc", 5, 3);
    LayerSpec conv = LayerSpec.conv2d("conv", Conv2d.of(2, 2, 2).withPadding(1));
    int[] lengths = random.lengths(TRAIN, 1, 4);
    // Sixteenths below 8 need 7 bits: exact in all types.
    double[][][] activations = rounded(random.examples(lengths, 5));
    double[][][] gradients = rounded(random.examples(lengths, 3));
    double[][] inputs = rounded(random.matrix(TRAIN, 2 * 9));
    double[][] outputs = rounded(random.matrix(TRAIN, 2 * 16));
    Captures exact =
        new Captures(TRAIN)
            .linear("fc", activations, gradients)
            .images("conv", Objects.requireNonNull(conv.convolution()), 3, inputs, outputs);
    for (CurvatureStrategy strategy : STRATEGIES) {
      double[] expected = scores(List.of(fc, conv), strategy, exact, exact);
      for (ElementType type : ElementType.values()) {
        Captures narrow = exact.as(type);
        assertThat(scores(List.of(fc, conv), strategy, narrow, narrow))
            .as("%s %s", strategy, type)
            .isEqualTo(expected);
      }
    }
  }

  private static double[][][] rounded(double[][][] values) {
    return Arrays.stream(values).map(HardLayersTest::rounded).toArray(double[][][]::new);
  }

  private static double[][] rounded(double[][] values) {
    return Arrays.stream(values)
        .map(row -> Arrays.stream(row).map(x -> Math.rint(x * 16) / 16).toArray())
        .toArray(double[][]::new);
  }
}
