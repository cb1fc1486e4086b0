/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.pytorch.TensorViews;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;

/**
 * A language model of GPT-2's architecture (Radford et al. 2019), as transformers saves it: {@code
 * config.json}, {@code tokenizer.json} and {@code model.safetensors} in a directory, which {@link
 * LanguageModel} opens.
 *
 * @param shape its sizes
 * @param tokenizer of as many tokens
 */
public record Gpt2(ModelShape shape, LearntTokenizer tokenizer) {
  private static final String WEIGHTS = "model.safetensors";
  private static final Gson GSON =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().serializeNulls().create();

  /** Checks the vocabulary. */
  public Gpt2 {
    if (shape.vocabulary() != tokenizer.vocabulary()) {
      throw new IllegalArgumentException(
          "A model of "
              + shape.vocabulary()
              + " tokens needs as many of its tokenizer, which has "
              + tokenizer.vocabulary()
              + ".");
    }
  }

  /**
   * Writes a model that knows nothing yet.
   *
   * @param directory made where it is not there
   * @param seed of the weights
   * @throws IOException if a file cannot be written
   */
  public void begin(Path directory, long seed) throws IOException {
    Files.createDirectories(directory);
    AtomicFile.writeText(directory.resolve("config.json"), config());
    AtomicFile.writeText(directory.resolve("tokenizer.json"), tokenizer.json());
    AtomicFile.writeText(directory.resolve("tokenizer_config.json"), tokenizerConfig());
    InitialWeights.write(shape, seed, directory.resolve(WEIGHTS));
  }

  /**
   * Whether a model is there.
   *
   * @param directory that {@link #begin} may have written
   * @return true once it is complete
   */
  public static boolean in(Path directory) {
    return Files.exists(directory.resolve(WEIGHTS));
  }

  /**
   * Replaces the weights.
   *
   * @param model that was opened from the directory, and trained
   * @param directory of the model
   * @throws IOException if they cannot be written; those that were there before are unchanged then
   */
  @SuppressWarnings("try") // the scope is a guard
  public static void save(LanguageModel model, Path directory) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      SafetensorsWriter writer = Safetensors.writer().metadata("format", "pt");
      model.tensors().forEach((name, tensor) -> writer.add(name, TensorViews.of(tensor.detach())));
      writer.write(directory.resolve(WEIGHTS));
    }
  }

  private String config() {
    JsonObject config = new JsonObject();
    config.add("architectures", GSON.toJsonTree(List.of("GPT2LMHeadModel")));
    config.addProperty("model_type", "gpt2");
    config.addProperty("activation_function", "gelu_new");
    config.addProperty("vocab_size", shape.vocabulary());
    config.addProperty("n_positions", shape.context());
    config.addProperty("n_embd", shape.width());
    config.addProperty("n_layer", shape.layers());
    config.addProperty("n_head", shape.heads());
    config.add("n_inner", null);
    config.addProperty("layer_norm_epsilon", 1e-5);
    config.addProperty("initializer_range", 0.02);
    for (String dropout : List.of("attn_pdrop", "embd_pdrop", "resid_pdrop")) {
      config.addProperty(dropout, 0.0);
    }
    config.addProperty("tie_word_embeddings", true);
    config.addProperty("bos_token_id", tokenizer.end());
    config.addProperty("eos_token_id", tokenizer.end());
    config.addProperty("dtype", "float32");
    return GSON.toJson(config) + "\n";
  }

  private String tokenizerConfig() {
    JsonObject config = new JsonObject();
    config.addProperty("tokenizer_class", "PreTrainedTokenizerFast");
    for (String token : List.of("bos_token", "eos_token", "unk_token")) {
      config.addProperty(token, LearntTokenizer.END);
    }
    config.addProperty("model_max_length", shape.context());
    config.addProperty("clean_up_tokenization_spaces", false);
    return GSON.toJson(config) + "\n";
  }
}
