/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.TensorView;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not done, or does not fit, is refused by its name. */
final class RefusalTest {
  @TempDir private Path directory;

  private Path target() {
    return directory.resolve("edited");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "model_type | \"mamba\" | \"model_type\" is \"mamba\"",
        "rope_scaling | {\"rope_type\": \"yarn\", \"factor\": 4} | \"rope_scaling.rope_type\" is \"yarn\"",
        "rope_scaling | {\"type\": \"longrope\"} | \"rope_scaling.type\" is \"longrope\"",
        "rope_scaling | {\"type\": \"linear\"} | \"rope_scaling.factor\" is missing",
        "hidden_act | \"mish\" | \"hidden_act\" is \"mish\"",
        "quantization_config | {\"bits\": 4} | \"quantization_config\" is {\"bits\":4}",
        "is_encoder_decoder | true | \"is_encoder_decoder\" is true",
        "partial_rotary_factor | 0.5 | \"partial_rotary_factor\" is 0.5",
        "hidden_size | \"32\" | \"hidden_size\" is \"32\"",
        "sliding_window | 2.5 | \"sliding_window\" is 2.5, expected a whole number",
        "num_hidden_layers | 0 | \"num_hidden_layers\" is 0",
        "num_hidden_layers | 2147483647 | \"num_hidden_layers\" is 2147483647, expected at most",
        "num_key_value_heads | 3 | \"num_key_value_heads\" is 3",
        "rms_norm_eps | -1 | \"rms_norm_eps\" is -1",
        "tie_word_embeddings | 1 | \"tie_word_embeddings\" is 1",
        "layer_types | [\"full_attention\"] | \"layer_types\" has 1 entries",
        "layer_types | [\"full_attention\", \"linear_attention\"] | \"layer_types\" has \"linear_attention\"",
      })
  void settingsThatAreNotDone(String key, String value, String message) throws IOException {
    Path edited =
        EditedCheckpoint.model(Checkpoints.resource("qwen2"))
            .set("use_sliding_window", "true")
            .set("sliding_window", "4")
            .set(key, value)
            .write(target());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.open(edited))
        .withMessageContaining("config.json")
        .withMessageContaining(message);
  }

  @Test
  void everyTensorThatDoesNotFitIsNamed() throws IOException {
    EditedCheckpoint checkpoint = EditedCheckpoint.model(Checkpoints.resource("gpt2"));
    TensorView lost = checkpoint.tensors().remove("transformer.h.0.ln_1.weight");
    checkpoint.tensors().remove("transformer.ln_f.bias");
    checkpoint.tensors().put("transformer.h.2.ln_1.weight", lost);
    checkpoint.tensors().put("transformer.wpe.weight", lost.reshape(1, 32));
    Path edited = checkpoint.write(target());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.open(edited))
        .withMessageContaining("missing are transformer.ln_f.bias, transformer.h.0.ln_1.weight;")
        .withMessageContaining("unexpected are transformer.h.2.ln_1.weight;")
        .withMessageContaining("transformer.wpe.weight has shape [1, 32], expected [64, 32]");
  }

  @Test
  void aTiedHeadThatDiffersIsRefused() throws IOException {
    EditedCheckpoint checkpoint = EditedCheckpoint.model(Checkpoints.resource("gpt2"));
    TensorView embedding = checkpoint.tensors().get("transformer.wte.weight");
    checkpoint.tensors().put("lm_head.weight", embedding);
    LanguageModel.open(checkpoint.write(target())).close();
    double[] other = embedding.toDoubles();
    other[7] += 1;
    float[] floats = new float[other.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) other[i];
    }
    checkpoint.tensors().put("lm_head.weight", TensorView.of(floats, embedding.shape()));
    Path edited = checkpoint.write(directory.resolve("other"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.open(edited))
        .withMessageContaining("\"tie_word_embeddings\"")
        .withMessageContaining("\"lm_head.weight\" differs");
  }

  @Test
  void directoriesThatLackFilesAreRefused() throws IOException {
    assertThatThrownBy(() -> LanguageModel.open(target()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is no directory");
    Files.createDirectories(target());
    assertThatThrownBy(() -> LanguageModel.open(target()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("has no config.json");
    Files.copy(
        Checkpoints.resource("gpt2").resolve("config.json"), target().resolve("config.json"));
    assertThatThrownBy(() -> LanguageModel.open(target()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("neither model.safetensors nor model.safetensors.index.json");
    Files.writeString(
        target().resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"../model.safetensors\"}}");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.open(target()))
        .withMessageContaining("\"../model.safetensors\" is no name of a file beside it");
    Files.writeString(
        target().resolve("model.safetensors.index.json"),
        "{\"weight_map\": {\"a\": \"one.safetensors\", \"b\": \"two.safetensors\"}}");
    assertThatThrownBy(() -> LanguageModel.open(target()))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("model.safetensors.index.json")
        .hasMessageContaining("not in the directory: one.safetensors, two.safetensors;");
    Files.writeString(target().resolve("config.json"), "{\"model_type\": ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.open(target()))
        .withMessageContaining("config.json\" is no JSON");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{", "{a: 1}", "{\"a\": NaN}", "{} {}", "{} x", "[]", "", "{\"a\": \"\u00ff\"}"})
  void damagedSettingsAreRefusedInOneLine(String text) throws IOException {
    Files.createDirectories(target());
    Path config = target().resolve("config.json");
    Files.write(config, text.getBytes(StandardCharsets.ISO_8859_1));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LanguageModel.open(target()))
        .withMessageContaining(config + "\" is no JSON")
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "peft_type | \"IA3\" | \"peft_type\" is \"IA3\"",
        "use_dora | true | \"use_dora\" is true",
        "bias | \"all\" | \"bias\" is \"all\"",
        "init_lora_weights | \"pissa\" | \"init_lora_weights\" is \"pissa\"",
        "modules_to_save | [\"lm_head\"] | \"modules_to_save\" is [\"lm_head\"]",
        "target_modules | \"(\" | \"target_modules\" has \"(\", no regular expression",
        "rank_pattern | {\"[\": 2} | \"rank_pattern\" has",
        "r | 8 | transformer.h.0.attn.c_attn.lora_A.weight has shape [4, 32], expected [8, 32]",
        "target_modules | [\"c_attn\", \"c_fc\"] | missing are base_model.model.transformer.h.0.mlp.c_fc.lora_A.weight",
      })
  void adaptersThatAreNotDone(String key, String value, String message) throws IOException {
    Path edited =
        EditedCheckpoint.adapter(Checkpoints.resource("gpt2-lora")).set(key, value).write(target());
    LanguageModel.Builder model =
        LanguageModel.builder(Checkpoints.resource("gpt2")).adapter(edited);
    assertThatIllegalArgumentException()
        .isThrownBy(model::open)
        .withMessageContaining(message)
        .satisfies(e -> assertThat(e.getMessage().lines()).hasSize(1));
  }

  @Test
  void anAdapterOfAnotherModelIsRefused() {
    LanguageModel.Builder model =
        LanguageModel.builder(Checkpoints.resource("qwen2"))
            .adapter(Checkpoints.resource("gpt2-lora"));
    assertThatIllegalArgumentException()
        .isThrownBy(model::open)
        .withMessageContaining(
            "unexpected are base_model.model.transformer.h.0.attn.c_attn.lora_A.weight");
  }

  @Test
  void choicesOfLayersThatChooseNothingAreRefused() {
    LanguageModel.Builder model = LanguageModel.builder(Checkpoints.resource("gpt2"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.layers("q_proj").open())
        .withMessageContaining(
            "No linear layer has \"q_proj\" in its name; there are"
                + " transformer.h.0.attn.c_attn, ");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.layers("(").open())
        .withMessageContaining("nor a regular expression");
  }

  @Test
  void tokensThatDoNotFitAreRefused() throws IOException {
    try (LanguageModel model = LanguageModel.open(Checkpoints.resource("gpt2"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> model.gradients(List.of(TokenSequence.of(1, 2), TokenSequence.of(1, 513))))
          .withMessageContaining("Sequence 1 has token 513, but the model knows 0 to 512");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.gradients(List.of(TokenSequence.of(new long[66]))))
          .withMessageContaining("has 65 rows, but the model has learned 64 positions");
      model.gradients(List.of(TokenSequence.of(new long[65])));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.logits(new long[][] {{1, 2}}, new long[][] {{1}}, null))
          .withMessageContaining("The attention mask must be [1][2]");
      assertThatIllegalArgumentException().isThrownBy(() -> TokenSequence.of(1));
    }
    try (LanguageModel model = LanguageModel.open(Checkpoints.resource("qwen2"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.logits(new long[][] {{1}}, null, new long[][] {{1L << 40}}))
          .withMessageContaining("A position id is 1099511627776, expected less than");
    }
  }
}
