/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is said without weights is what is loaded with them. */
final class ModelOutlineTest {
  static Stream<Path> checkpoints() {
    return Checkpoints.with("config.json").stream();
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void isThatOfTheModel(Path checkpoint) throws IOException {
    for (String layers : new String[] {"all", "mlp", "attention"}) {
      ModelOutline outline = ModelOutline.read(checkpoint, layers);
      try (LanguageModel model = LanguageModel.builder(checkpoint).layers(layers).open()) {
        assertThat(outline.layers()).isEqualTo(model.layers());
        assertThat(outline.coverage()).isEqualTo(model.coverage());
        assertThat(outline.multiplied())
            .isEqualTo(
                model.tensors().entrySet().stream()
                        .filter(tensor -> tensor.getValue().dim() == 2)
                        .filter(tensor -> !tensor.getKey().matches(".*(wpe|wte|embed.*)\\.weight"))
                        .mapToLong(tensor -> tensor.getValue().numel())
                        .sum()
                    + tiedHead(model));
      }
    }
  }

  private static long tiedHead(LanguageModel model) {
    return model.tensors().entrySet().stream()
        .filter(tensor -> tensor.getKey().matches(".*(wte|embed_tokens|embed_in)\\.weight"))
        .filter(
            tensor ->
                model.tensors().keySet().stream()
                    .noneMatch(name -> name.matches("lm_head\\.weight|embed_out\\.weight")))
        .mapToLong(tensor -> tensor.getValue().numel())
        .sum();
  }
}
