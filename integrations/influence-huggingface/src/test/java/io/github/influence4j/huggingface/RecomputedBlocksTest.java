/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is computed again is the same to the last bit. */
final class RecomputedBlocksTest {
  static Stream<Arguments> cases() {
    return Checkpoints.with("config.json").stream()
        .flatMap(
            path ->
                Stream.of("all", "mlp", "attention")
                    .flatMap(
                        layers ->
                            Stream.of(ElementType.F32, ElementType.F64)
                                .map(type -> Arguments.of(path, layers, type))));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void gradientsAreThoseOfOnePass(Path checkpoint, String layers, ElementType type)
      throws IOException {
    requireSame(LanguageModel.builder(checkpoint).layers(layers).precision(type));
  }

  static Stream<Path> adapters() {
    return Checkpoints.with("adapter_config.json").stream();
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void thoseOfAdaptersToo(Path adapter) throws IOException {
    String base = adapter.getFileName().toString().replace("-lora", "");
    requireSame(LanguageModel.builder(adapter.resolveSibling(base)).adapter(adapter));
  }

  private static void requireSame(LanguageModel.Builder builder) throws IOException {
    Random random = SeededRandom.at("recomputed");
    List<TokenSequence> sequences = new ArrayList<>();
    for (int s = 0; s < 9; s++) {
      sequences.add(TokenSequence.of(random.longs(2 + random.nextInt(14), 0, 200).toArray()));
    }
    builder.batchSize(4).threads(2);
    List<double[]> plain;
    try (LanguageModel model = builder.open()) {
      plain = captured(model, sequences);
    }
    try (LanguageModel model = builder.withRecomputedBlocks().open()) {
      assertThat(captured(model, sequences)).usingRecursiveComparison().isEqualTo(plain);
    }
  }

  private static List<double[]> captured(LanguageModel model, List<TokenSequence> sequences) {
    List<double[]> out = new ArrayList<>();
    GradientSource sampled = model.gradients(sequences).sampledLabels(new LabelSampler(1));
    for (GradientSource source : List.of(sampled, model.gradients(sequences).dataLabels())) {
      source.replay(
          batch ->
              batch
                  .layers()
                  .forEach(
                      layer -> {
                        out.add(layer.activations().toDoubles());
                        out.add(layer.outputGradients().toDoubles());
                      }));
    }
    return out;
  }
}
