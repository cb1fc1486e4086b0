/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.pytorch.TorchGradients;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other names, other ways to store the same, and settings whose effect is known. */
@SuppressWarnings("try") // scopes are guards
final class VariantTest {
  private static final long[][] IDS = {{5, 9, 301, 77, 9, 2, 410, 33, 8}};

  @TempDir private Path directory;

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  private static double[] logits(Path checkpoint) throws IOException {
    return logits(LanguageModel.builder(checkpoint));
  }

  private static double[] logits(LanguageModel.Builder builder) throws IOException {
    try (LanguageModel model = builder.precision(ElementType.F64).open();
        PointerScope scope = new PointerScope()) {
      return Golden.doubles(model.logits(IDS, null, null));
    }
  }

  /** The key names of the original repository, with its masks. */
  @Test
  void namesWithoutPrefix() throws IOException {
    Path original = Checkpoints.resource("gpt2");
    EditedCheckpoint bare = EditedCheckpoint.model(original);
    Map<String, TensorView> tensors = new LinkedHashMap<>(bare.tensors());
    bare.tensors().clear();
    tensors.forEach((name, tensor) -> bare.tensors().put(name.substring(12), tensor));
    bare.tensors().put("h.0.attn.bias", TensorView.of(new float[64 * 64], 1, 1, 64, 64));
    Path edited = bare.write(directory.resolve("bare"));
    assertThat(logits(edited)).containsExactly(logits(original));
    LanguageModel.Builder adapted =
        LanguageModel.builder(edited).adapter(Checkpoints.resource("gpt2-lora"));
    assertThat(logits(adapted))
        .containsExactly(
            logits(LanguageModel.builder(original).adapter(Checkpoints.resource("gpt2-lora"))));
  }

  /** Qwen 2 without biases is a Llama, and a Phi-3 when its matrices are stacked. */
  @Test
  void stackedMatricesAreTheSameModel() throws IOException {
    EditedCheckpoint llama = EditedCheckpoint.model(Checkpoints.resource("qwen2"));
    llama.tensors().keySet().removeIf(name -> name.endsWith("_proj.bias"));
    llama.set("model_type", "\"llama\"");
    double[] expected = logits(llama.write(directory.resolve("llama")));
    EditedCheckpoint phi = EditedCheckpoint.model(Checkpoints.resource("qwen2"));
    phi.tensors().keySet().removeIf(name -> name.endsWith("_proj.bias"));
    phi.set("model_type", "\"phi3\"").remove("sliding_window");
    for (int layer = 0; layer < 2; layer++) {
      String start = "model.layers." + layer + ".";
      stack(phi, start + "self_attn.qkv_proj", List.of("q_proj", "k_proj", "v_proj"));
      stack(phi, start + "mlp.gate_up_proj", List.of("gate_proj", "up_proj"));
    }
    assertThat(logits(phi.write(directory.resolve("phi"))))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(expected);
  }

  private static void stack(EditedCheckpoint checkpoint, String to, List<String> parts) {
    String module = to.substring(0, to.lastIndexOf('.') + 1);
    List<Float> values = new ArrayList<>();
    long rows = 0;
    long columns = 0;
    for (String part : parts) {
      TensorView matrix = checkpoint.tensors().remove(module + part + ".weight");
      rows += matrix.size(0);
      columns = matrix.size(1);
      Arrays.stream(matrix.toDoubles()).forEach(value -> values.add((float) value));
    }
    float[] all = new float[values.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = values.get(i);
    }
    checkpoint.tensors().put(to + ".weight", TensorView.of(all, rows, columns));
  }

  /** A window as long as the text hides nothing; a shorter one does, in the layers it is for. */
  @ParameterizedTest
  @CsvSource({"9, 0, true", "4, 2, true", "4, 0, false", "4, 1, false"})
  void windows(int size, int from, boolean same) throws IOException {
    Path edited =
        EditedCheckpoint.model(Checkpoints.resource("qwen2"))
            .remove("layer_types")
            .set("use_sliding_window", "true")
            .set("sliding_window", Integer.toString(size))
            .set("max_window_layers", Integer.toString(from))
            .write(directory.resolve("windowed"));
    double difference =
        Golden.largestDifference(logits(edited), logits(Checkpoints.resource("qwen2")));
    if (same) {
      assertThat(difference).isLessThan(1e-12);
    } else {
      assertThat(difference).isGreaterThan(1e-3);
    }
  }

  /** Within the length that a model knows, a dynamic base is the base; beyond it is larger. */
  @ParameterizedTest
  @CsvSource({"128, true", "9, true", "6, false"})
  void dynamicPositions(int known, boolean same) throws IOException {
    double difference =
        Golden.largestDifference(logits(dynamic(known)), logits(Checkpoints.resource("qwen2")));
    assertThat(difference < 1e-12).isEqualTo(same);
  }

  private Path dynamic(int known) throws IOException {
    return EditedCheckpoint.model(Checkpoints.resource("qwen2"))
        .set("max_position_embeddings", Integer.toString(known))
        .set(
            "rope_parameters",
            "{\"rope_type\": \"dynamic\", \"factor\": 2.0, \"rope_theta\": 1000000.0}")
        .write(directory.resolve("dynamic"));
  }

  /** Positions of which every second is used are half as far apart. */
  @Test
  void linearPositions() throws IOException {
    Path edited =
        EditedCheckpoint.model(Checkpoints.resource("qwen2"))
            .remove("rope_parameters")
            .set("rope_theta", "1000000.0")
            .set("rope_scaling", "{\"type\": \"linear\", \"factor\": 2.0}")
            .write(directory.resolve("linear"));
    long[][] doubled = {new long[IDS[0].length]};
    Arrays.setAll(doubled[0], i -> 2L * i);
    try (LanguageModel model = LanguageModel.builder(edited).precision(ElementType.F64).open();
        PointerScope scope = new PointerScope()) {
      assertThat(
              Golden.largestDifference(
                  Golden.doubles(model.logits(IDS, null, doubled)),
                  logits(Checkpoints.resource("qwen2"))))
          .isLessThan(1e-12);
    }
  }

  /** Rank and alpha by module, and the scale of rank-stabilised adapters. */
  @ParameterizedTest
  @CsvSource({
    "8, false, {}, {}, true",
    "16, false, {}, {}, false",
    "4, true, {}, {}, true", // 4 / sqrt(4)
    "99, false, {}, {\"attn.c_attn\": 8}, true",
    "99, false, {}, {\"h.0.attn.c_attn\": 8}, false",
  })
  void scalesOfAdapters(int alpha, boolean stabilised, String ranks, String alphas, boolean same)
      throws IOException {
    Path edited =
        EditedCheckpoint.adapter(Checkpoints.resource("gpt2-lora"))
            .set("lora_alpha", Integer.toString(alpha))
            .set("use_rslora", Boolean.toString(stabilised))
            .set("rank_pattern", ranks)
            .set("alpha_pattern", alphas)
            .write(directory.resolve("adapter"));
    Path base = Checkpoints.resource("gpt2");
    double difference =
        Golden.largestDifference(
            logits(LanguageModel.builder(base).adapter(edited)),
            logits(LanguageModel.builder(base).adapter(Checkpoints.resource("gpt2-lora"))));
    assertThat(difference < 1e-12).isEqualTo(same);
  }

  @Test
  void aRankOfItsOwnIsReadFromThePattern() throws IOException {
    Path edited =
        EditedCheckpoint.adapter(Checkpoints.resource("gpt2-lora"))
            .set("r", "16")
            .set("rank_pattern", "{\"c_attn\": 4}")
            .write(directory.resolve("adapter"));
    Path base = Checkpoints.resource("gpt2");
    assertThat(logits(LanguageModel.builder(base).adapter(edited)))
        .containsExactly(
            logits(LanguageModel.builder(base).adapter(Checkpoints.resource("gpt2-lora"))));
  }

  @Test
  void coverageCountsEveryParameter() throws IOException {
    try (LanguageModel model =
        LanguageModel.builder(Checkpoints.resource("gpt2")).layers("mlp").open()) {
      Coverage coverage = model.coverage();
      long inMlp = 2 * (32 * 128 + 128 + 128 * 32 + 32);
      assertThat(coverage.tracked()).isEqualTo(inMlp);
      assertThat(coverage.leftOut().values().stream().mapToLong(Long::longValue).sum())
          .isEqualTo(coverage.parameters() - inMlp);
      assertThat(coverage.leftOut()).containsEntry("transformer.wte", 513L * 32);
      assertThat(coverage.toString()).contains("transformer.h.#.attn.c_attn (6,336)");
      assertThat(model.layers()).hasSize(4);
    }
    try (LanguageModel model =
        LanguageModel.builder(Checkpoints.resource("gpt2"))
            .adapter(Checkpoints.resource("gpt2-lora"))
            .open()) {
      assertThat(model.coverage().tracked()).isEqualTo(2L * (4 * 32 + 96 * 4));
      assertThat(model.layers()).hasSize(4);
    }
  }

  /** bfloat16 is near, and stays finite. */
  @Test
  void bfloat16IsNear() throws IOException {
    for (String name : List.of("gpt2", "qwen2", "gemma2")) {
      try (LanguageModel model =
              LanguageModel.builder(Checkpoints.resource(name)).precision(ElementType.BF16).open();
          PointerScope scope = new PointerScope()) {
        assertThat(
                Golden.largestDifference(
                    Golden.doubles(model.logits(IDS, null, null)),
                    logits(Checkpoints.resource(name))))
            .isLessThan(0.1);
      }
    }
  }

  /** Sequences of unequal length, in batches of one to all. */
  @ParameterizedTest
  @CsvSource({"gpt2", "gemma2", "qwen2", "dynamic"})
  void batchesChangeNoScore(String name) throws IOException {
    List<TokenSequence> sequences = new ArrayList<>();
    Random random = new Random(3);
    for (int i = 0; i < 9; i++) {
      sequences.add(TokenSequence.of(random.longs(3 + 2 * i, 0, 512).toArray()));
    }
    double[][] scores = new double[3][];
    int[] sizes = {1, 4, 9};
    Path checkpoint = name.equals("dynamic") ? dynamic(8) : Checkpoints.resource(name);
    for (int i = 0; i < sizes.length; i++) {
      try (LanguageModel model = LanguageModel.builder(checkpoint).batchSize(sizes[i]).open();
          Influence influence = Influence.builder().backend("cpu").layers(model.layers()).build()) {
        TorchGradients<?> train = model.gradients(sequences);
        scores[i] =
            influence
                .score(
                    influence.fit(train.dataLabels()),
                    model.gradients(sequences.subList(4, 5)).dataLabels(),
                    train.dataLabels(),
                    ScoreOptions.pairwise())
                .scores(0);
      }
    }
    assertThat(Golden.relativeError(scores[1], scores[0])).isLessThan(1e-5);
    assertThat(Golden.relativeError(scores[2], scores[0])).isLessThan(1e-5);
    assertThat(scores[0][4]).isCloseTo(Arrays.stream(scores[0]).max().orElseThrow(), within(1e-9));
  }
}
