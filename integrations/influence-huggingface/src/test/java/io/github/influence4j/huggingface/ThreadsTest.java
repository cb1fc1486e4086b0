/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Threads change no result. */
final class ThreadsTest {
  private static final Path CHECKPOINT =
      Checkpoints.with("golden.safetensors").stream()
          .filter(path -> path.endsWith("gpt2"))
          .findFirst()
          .orElseThrow();

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  @Test
  void giveWhatOneGives() throws IOException {
    Random random = SeededRandom.at("threads");
    List<TokenSequence> sequences = new ArrayList<>();
    for (int s = 0; s < 13; s++) {
      sequences.add(TokenSequence.of(random.longs(2 + random.nextInt(20), 0, 500).toArray()));
    }
    try (LanguageModel one = LanguageModel.builder(CHECKPOINT).batchSize(2).open();
        LanguageModel three = LanguageModel.builder(CHECKPOINT).batchSize(6).threads(3).open()) {
      LabelSampler sampler = new LabelSampler(1);
      assertThat(captured(three.gradients(sequences).sampledLabels(sampler)))
          .usingRecursiveComparison()
          .isEqualTo(captured(one.gradients(sequences).sampledLabels(sampler)));
    }
  }

  private static List<double[]> captured(GradientSource source) {
    List<double[]> out = new ArrayList<>();
    source.replay(
        batch ->
            batch
                .layers()
                .forEach(
                    layer -> {
                      out.add(layer.activations().toDoubles());
                      out.add(layer.outputGradients().toDoubles());
                    }));
    return out;
  }

  @Test
  void areOneOrMore() {
    assertThatThrownBy(() -> LanguageModel.builder(CHECKPOINT).threads(0))
        .hasMessageContaining("1 thread or more, got 0");
  }
}
