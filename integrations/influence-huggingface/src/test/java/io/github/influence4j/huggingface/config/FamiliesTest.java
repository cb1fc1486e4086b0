/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What holds where config.json is silent: transformers 4 and 5 agree on it. */
final class FamiliesTest {
  private static final String SIZES =
      "\"hidden_size\": 4096, \"num_attention_heads\": 64, \"num_hidden_layers\": 30,"
          + " \"intermediate_size\": 100, \"vocab_size\": 10, \"n_embd\": 4096, \"n_head\": 64,"
          + " \"n_layer\": 30";

  @TempDir private Path directory;

  private Description describe(String type, String more) throws IOException {
    Path file = directory.resolve("config.json");
    Files.writeString(file, "{\"model_type\": \"" + type + "\", " + SIZES + more + "}");
    return Families.describe(Settings.read(file));
  }

  @ParameterizedTest
  @CsvSource({
    "gpt2, 1e-5, 1024, 64, 64",
    "gpt_neox, 1e-5, 2048, 64, 64",
    "llama, 1e-6, 2048, 64, 64",
    "mistral, 1e-6, 131072, 8, 64",
    "qwen2, 1e-6, 32768, 32, 64",
    "qwen3, 1e-6, 32768, 32, 128",
    "phi3, 1e-5, 4096, 64, 64",
    "gemma2, 1e-6, 8192, 4, 256",
    "olmo2, 1e-5, 2048, 64, 64",
  })
  void silence(String type, double epsilon, int context, int keyValueHeads, int headWidth)
      throws IOException {
    Description description = describe(type, "");
    assertThat(description.architecture().norm().epsilon()).isEqualTo(epsilon);
    assertThat(description.context()).isEqualTo(context);
    assertThat(description.architecture().sizes().keyValueHeads()).isEqualTo(keyValueHeads);
    assertThat(description.architecture().sizes().headWidth()).isEqualTo(headWidth);
  }

  /** Null is not silence: it asks for as many as there are heads. */
  @ParameterizedTest
  @CsvSource({"llama", "mistral", "qwen2", "qwen3", "phi3", "olmo2"})
  void nullKeyValueHeads(String type) throws IOException {
    assertThat(
            describe(type, ", \"num_key_value_heads\": null")
                .architecture()
                .sizes()
                .keyValueHeads())
        .isEqualTo(64);
  }

  @Test
  void windowsBeginAtLayer28() throws IOException {
    int[] windows =
        describe("qwen2", ", \"use_sliding_window\": true").architecture().attention().windows();
    assertThat(windows[27]).isZero();
    assertThat(windows[28]).isEqualTo(4096);
  }
}
