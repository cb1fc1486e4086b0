/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * Writes a checkpoint with the shapes of GPT-2 and random weights, and token ids to explain it by:
 * what the times in docs/hugging-face.md are of. Times do not depend on what a model has learned.
 *
 * <pre>{@code
 * LM=examples/language-models/target
 * java -cp "$LM/test-classes:$LM/lib/*" io.github.influence4j.examples.lm.attribute.RandomCheckpoint DIR \
 *     [LAYERS WIDTH VOCABULARY SEQUENCES TOKENS]
 * }</pre>
 */
final class RandomCheckpoint {
  private static final int HEAD_WIDTH = 64;
  private static final int QUERIES = 8;

  private final SafetensorsWriter weights = Safetensors.writer();
  private final SplittableRandom random = new SplittableRandom(1);

  private RandomCheckpoint() {}

  /** Writes config.json, model.safetensors, corpus.safetensors and queries.safetensors. */
  public static void main(String[] arguments) throws IOException {
    int[] numbers = {6, 256, 8192, 512, 256};
    for (int i = 1; i < arguments.length; i++) {
      numbers[i - 1] = Integer.parseInt(arguments[i]);
    }
    Path directory = Files.createDirectories(Path.of(arguments[0]));
    new RandomCheckpoint().model(directory, numbers[0], numbers[1], numbers[2], numbers[4]);
    new RandomCheckpoint().ids(directory, numbers[2], numbers[3], numbers[4]);
  }

  private void model(Path directory, int layers, int width, int vocabulary, int tokens)
      throws IOException {
    AtomicFile.writeText(
        directory.resolve("config.json"),
        String.format(
            Locale.ROOT,
            "{\"model_type\": \"gpt2\", \"activation_function\": \"gelu_new\", \"n_layer\": %d,"
                + " \"n_embd\": %d, \"n_head\": %d, \"vocab_size\": %d, \"n_positions\": %d,"
                + " \"layer_norm_epsilon\": 1e-05, \"tie_word_embeddings\": true}",
            layers,
            width,
            width / HEAD_WIDTH,
            vocabulary,
            tokens));
    normal("transformer.wte.weight", vocabulary, width);
    normal("transformer.wpe.weight", tokens, width);
    for (int layer = 0; layer < layers; layer++) {
      String block = "transformer.h." + layer;
      norm(block + ".ln_1", width);
      linear(block + ".attn.c_attn", width, 3 * width);
      linear(block + ".attn.c_proj", width, width);
      norm(block + ".ln_2", width);
      linear(block + ".mlp.c_fc", width, 4 * width);
      linear(block + ".mlp.c_proj", 4 * width, width);
    }
    norm("transformer.ln_f", width);
    weights.write(directory.resolve("model.safetensors"));
  }

  private void norm(String module, int width) {
    float[] ones = new float[width];
    Arrays.fill(ones, 1);
    weights.add(module + ".weight", TensorView.of(ones, width));
    weights.add(module + ".bias", TensorView.of(new float[width], width));
  }

  private void linear(String module, int inputs, int outputs) {
    normal(module + ".weight", inputs, outputs);
    weights.add(module + ".bias", TensorView.of(new float[outputs], outputs));
  }

  /** Sums of twelve uniform numbers; of the size that training starts with. */
  private void normal(String name, int... shape) {
    float[] values = new float[shape[0] * shape[1]];
    for (int i = 0; i < values.length; i++) {
      double sum = -6;
      for (int j = 0; j < 12; j++) {
        sum += random.nextDouble();
      }
      values[i] = (float) (0.02 * sum);
    }
    weights.add(name, TensorView.of(values, shape[0], shape[1]));
  }

  /** The last eighth of each query is its completion. */
  private void ids(Path directory, int vocabulary, int sequences, int tokens) throws IOException {
    Safetensors.writer()
        .add("train.input_ids", ids(sequences * tokens, vocabulary), sequences, tokens)
        .write(directory.resolve("corpus.safetensors"));
    long[] asked = ids(QUERIES * tokens, vocabulary);
    long[] labels = asked.clone();
    for (int query = 0; query < QUERIES; query++) {
      Arrays.fill(labels, query * tokens, query * tokens + tokens - tokens / 8, -100);
    }
    Safetensors.writer()
        .add("query.input_ids", asked, QUERIES, tokens)
        .add("query.labels", labels, QUERIES, tokens)
        .write(directory.resolve("queries.safetensors"));
  }

  private long[] ids(int count, int vocabulary) {
    return random.longs(count, 0, vocabulary).toArray();
  }
}
