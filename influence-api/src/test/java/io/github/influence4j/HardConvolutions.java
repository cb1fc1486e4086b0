/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Convolutions of every geometry, used twice, masked, routed and of one dimension. */
@Tag("convolutions")
abstract class HardConvolutions extends HardLayers {
  HardConvolutions(HardLayersTest tests) {
    super(tests);
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
    double[][] inputs = random().matrix(examples, naive.inputSize());
    double[][] outputs = random().matrix(examples, naive.outputSize());
    boolean[] one = {true, false, true, true};
    for (int e = 0; e < examples; e++) {
      outputs[e][1] = Double.NaN;
      naive.addRows(data.layers().get(0), e, inputs[e], outputs[e], one);
    }
    Captures plain = new Captures(examples).images(spec.name(), conv, 3, inputs, outputs);
    data.captures()
        .add(
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
    double[][] inputs = random().matrix(images, naive.inputSize());
    double[][] outputs = random().matrix(images, naive.outputSize());
    for (int i = 0; i < images; i++) {
      naive.addRows(data.layers().get(0), i / 2 * 2, inputs[i], outputs[i], null);
    }
    data.captures()
        .add(
            (first, last, type) -> {
              int[] chosen =
                  IntStream.range(0, images)
                      .map(i -> images - 1 - i)
                      .filter(i -> i / 2 * 2 >= first && i / 2 * 2 < last)
                      .toArray();
              double[][] in =
                  Arrays.stream(chosen).mapToObj(i -> inputs[i]).toArray(double[][]::new);
              double[][] out =
                  Arrays.stream(chosen).mapToObj(i -> outputs[i]).toArray(double[][]::new);
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
    Data data = new Data(new Captures(examples), images.layers());
    data.captures()
        .add(
            (first, last, type) -> {
              LayerBatch batch = images.captures().batch(first, last).layers().get(0);
              return new LayerBatch(
                  "wave", flat(batch.activations()), flat(batch.outputGradients()));
            });
    return data;
  }

  /** [N, C, 1, L] as [N, C, L]. */
  private static TensorView flat(TensorView images) {
    return images.reshape(images.size(0), images.size(1), images.size(3));
  }
}
