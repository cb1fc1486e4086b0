/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.Cli;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Convolutions, tied layers and batches, against per-example gradients by plain loops. */
class ExplicitGradientsTest extends CapturedExamples {
  @ParameterizedTest
  @ValueSource(strings = {"identity", "diagonal"})
  void groupedConvolutionWithReflectPadding(String strategy) throws IOException {
    put("train", "conv", TRAIN, new long[] {4, 6, 7}, new long[] {6, 3, 7});
    put("query", "conv", QUERIES, new long[] {4, 6, 7}, new long[] {6, 3, 7});
    run("--strategy", strategy, "--conv", "conv:k=3x5,stride=2x1,pad=1x2,groups=2,mode=reflect");
    double[][] train = gradients(TRAIN, e -> convolution("train", e));
    double[][] queries = gradients(QUERIES, q -> convolution("query", q));
    check(
        "pairwise",
        strategy.equals("identity")
            ? NaiveGradients.pairwise(queries, train)
            : NaiveGradients.diagonalPairwise(queries, train));
  }

  private double[] convolution(String side, int example) {
    return NaiveGradients.convolution(
        tensors.get(side + ".act.conv"),
        tensors.get(side + ".grad.conv"),
        example,
        2,
        new int[] {3, 5},
        new int[] {2, 1},
        new int[] {1, 2});
  }

  @ParameterizedTest
  @ValueSource(strings = {"identity", "diagonal"})
  void gradientsOfTiedUsesAreSummedBeforeSquaring(String strategy) throws IOException {
    for (String use : List.of("tied", "tied#1", "tied#2")) {
      put("train", use, TRAIN, new long[] {5}, new long[] {2});
      put("query", use, QUERIES, new long[] {5}, new long[] {2});
    }
    run("--strategy", strategy, "--tied", "tied");
    double[][] train = gradients(TRAIN, e -> linear("train", e, 5, 2, "tied", "tied#1", "tied#2"));
    double[][] queries =
        gradients(QUERIES, q -> linear("query", q, 5, 2, "tied", "tied#1", "tied#2"));
    if (strategy.equals("identity")) {
      check("pairwise", NaiveGradients.pairwise(queries, train));
      check("self", Arrays.stream(train).mapToDouble(g -> NaiveGradients.dot(g, g)).toArray());
    } else {
      check("pairwise", NaiveGradients.diagonalPairwise(queries, train));
    }
  }

  /** A tied layer's gradients are summed before they are multiplied, those of two layers after. */
  @ParameterizedTest
  @ValueSource(strings = {"--untied", "metadata"})
  void layersWhoseNamesLookLikeUses(String stated) throws IOException {
    for (String layer : List.of("expert", "expert#1")) {
      put("train", layer, TRAIN, new long[] {5}, new long[] {2});
      put("query", layer, QUERIES, new long[] {5}, new long[] {2});
    }
    if (stated.equals("metadata")) {
      metadata.put("tied", "");
      run("--strategy", "identity");
    } else {
      run("--strategy", "identity", stated);
    }
    double[] sum = new double[QUERIES * TRAIN];
    for (String layer : List.of("expert", "expert#1")) {
      double[] part =
          NaiveGradients.pairwise(
              gradients(QUERIES, q -> linear("query", q, 5, 2, layer)),
              gradients(TRAIN, e -> linear("train", e, 5, 2, layer)));
      Arrays.setAll(sum, i -> sum[i] + part[i]);
    }
    check("pairwise", sum);
  }

  @Test
  void metadataNamesTiedLayers() throws IOException {
    for (String use : List.of("tied", "tied#1")) {
      put("train", use, TRAIN, new long[] {5}, new long[] {2});
    }
    metadata.put("tied", "tied");
    run("--strategy", "identity");
    double[][] train = gradients(TRAIN, e -> linear("train", e, 5, 2, "tied", "tied#1"));
    check("self", Arrays.stream(train).mapToDouble(g -> NaiveGradients.dot(g, g)).toArray());
  }

  /** As many channels in as out, so that it would pass for a linear layer with 4 rows. */
  @Test
  void convolutionOfOneDimension() throws IOException {
    put("train", "conv", TRAIN, new long[] {4, 9}, new long[] {4, 4});
    put("query", "conv", QUERIES, new long[] {4, 9}, new long[] {4, 4});
    run("--strategy", "diagonal", "--conv", "conv:k=3,stride=2,groups=2");
    double[][] train = gradients(TRAIN, e -> wave("train", e));
    double[][] queries = gradients(QUERIES, q -> wave("query", q));
    check("pairwise", NaiveGradients.diagonalPairwise(queries, train));
  }

  @Test
  void optionsGoBeforeMetadata() throws IOException {
    put("train", "conv", TRAIN, new long[] {4, 9}, new long[] {4, 4});
    metadata.put("linear", "*");
    assertThat(run("--conv", "conv:k=3,stride=2,groups=2").out()).contains("1-d convolution");
    metadata.put("linear", "conv");
    assertThat(run("--conv", "conv:k=3,stride=2,groups=2").out()).contains("1-d convolution");
  }

  @Test
  void batchesDoNotMatter() throws IOException {
    put("train", "fc", 600, new long[] {5}, new long[] {2});
    put("query", "fc", 300, new long[] {5}, new long[] {2});
    run("--strategy", "identity");
    double[][] train = gradients(600, e -> linear("train", e, 5, 2, "fc"));
    check(
        "pairwise",
        NaiveGradients.pairwise(gradients(300, q -> linear("query", q, 5, 2, "fc")), train));
  }

  @Test
  void withoutQueriesThereIsSelfInfluenceOnly() throws IOException {
    put("train", "fc", TRAIN, new long[] {5}, new long[] {2});
    Cli run = run("--strategy", "identity");
    assertThat(run.out()).contains("no query tensors, so self-influence only");
    double[][] train = gradients(TRAIN, e -> linear("train", e, 5, 2, "fc"));
    check("self", Arrays.stream(train).mapToDouble(g -> NaiveGradients.dot(g, g)).toArray());
    try (Safetensors scores = Safetensors.open(folder.resolve("out/scores.safetensors"))) {
      assertThat(scores.names()).containsExactly("self");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F32", "F16", "BF16"})
  void takesEveryElementType(String type) throws IOException {
    put("train", "fc", TRAIN, new long[] {5}, new long[] {2});
    String other = type.equals("F32") ? "F16" : "F32";
    tensors.replaceAll(
        (name, tensor) -> RawSafetensors.rounded(tensor, name.contains(".act.") ? type : other));
    run("--strategy", "identity");
    double[][] train = gradients(TRAIN, e -> linear("train", e, 5, 2, "fc"));
    check("self", Arrays.stream(train).mapToDouble(g -> NaiveGradients.dot(g, g)).toArray());
  }
}
