/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Gpt2Test {
  /** A small model that transformers saved. */
  private static final Path SAVED =
      Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/gpt2");

  @TempDir private Path folder;

  @BeforeAll
  static void load() {
    Torch.load();
  }

  @Test
  void whatIsSavedIsReadAgainBitForBit() throws IOException {
    TinyData.model().begin(folder, 1);
    List<TokenSequence> data = TinyData.sequences(9, 2);
    long[][] ids = {{256, 3, 1, 7, 9, 11}, {256, 0, 1, 8, 18, 7}};
    try (LanguageModel model = LanguageModel.builder(folder).withParameterGradients().open();
        Trainer trainer = new Trainer(model, data, new TrainingPlan(5, 4, 1e-2, 1), 1)) {
      while (!trainer.done()) {
        trainer.update();
      }
      try (LanguageModel before = LanguageModel.open(folder)) {
        assertThat(logits(before, ids).equal(logits(model, ids))).as("trained").isFalse();
      }
      Gpt2.save(model, folder);
      try (LanguageModel read = LanguageModel.open(folder)) {
        assertThat(logits(read, ids).equal(logits(model, ids))).isTrue();
      }
    }
  }

  private static Tensor logits(LanguageModel model, long[][] ids) {
    return model.logits(ids, null, null);
  }

  /** Names, shapes and settings are those that transformers wrote for a model of the same sizes. */
  @Test
  void aDirectoryAsTransformersWritesIt() throws IOException {
    ModelShape shape = new ModelShape(257, 64, 32, 2, 2);
    new Gpt2(shape, TinyData.bytes()).begin(folder, 1);
    try (Safetensors ours = Safetensors.open(folder.resolve("model.safetensors"));
        Safetensors theirs = Safetensors.open(SAVED.resolve("model.safetensors"))) {
      assertThat(ours.names()).isEqualTo(theirs.names());
      assertThat(ours.metadata()).isEqualTo(theirs.metadata());
      for (String name : ours.names()) {
        if (!name.equals("transformer.wte.weight")) {
          assertThat(ours.shape(name)).as(name).isEqualTo(theirs.shape(name));
        }
      }
      assertThat(ours.shape("transformer.wte.weight")).containsExactly(257, 32);
    }
    JsonObject ours = json(folder.resolve("config.json"));
    JsonObject theirs = json(SAVED.resolve("config.json"));
    for (String key : ours.keySet()) {
      assertThat(theirs.has(key)).as(key).isTrue();
      if (!key.matches("vocab_size|[be]os_token_id|.*_pdrop")) {
        assertThat(ours.get(key)).as(key).isEqualTo(theirs.get(key));
      }
    }
    assertThat(json(folder.resolve("tokenizer_config.json")).get("eos_token").getAsString())
        .isEqualTo("<|endoftext|>");
  }

  private static JsonObject json(Path file) throws IOException {
    return JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  @Test
  void weightsBeginAsThoseOfGpt2() throws IOException {
    new Gpt2(new ModelShape(257, 64, 32, 8, 2), TinyData.bytes()).begin(folder, 1);
    try (Safetensors file = Safetensors.open(folder.resolve("model.safetensors"))) {
      // 4096 numbers: their deviation is known to about one part in ninety.
      assertDeviation(file, "transformer.h.3.mlp.c_fc.weight", 0.02);
      assertDeviation(file, "transformer.h.7.mlp.c_proj.weight", 0.02 / 4); // 1/sqrt(2·8)
      assertDeviation(file, "transformer.h.0.attn.c_proj.weight", 0.02 / 4);
      assertDeviation(file, "transformer.wte.weight", 0.02);
      assertThat(file.tensor("transformer.ln_f.weight").toDoubles()).containsOnly(1);
      assertThat(file.tensor("transformer.h.0.attn.c_attn.bias").toDoubles()).containsOnly(0);
    }
  }

  private static void assertDeviation(Safetensors file, String name, double expected) {
    double squares =
        Arrays.stream(file.tensor(name).toDoubles()).map(x -> x * x).average().orElse(0);
    assertThat(Math.sqrt(squares)).as(name).isCloseTo(expected, within(0.08 * expected));
  }

  @Test
  void aTokenizerOfAnotherVocabulary() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Gpt2(new ModelShape(300, 16, 8, 2, 2), TinyData.bytes()))
        .withMessageContaining("needs as many of its tokenizer, which has 257");
  }
}
