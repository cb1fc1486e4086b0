/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.capture.ElementType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.kSum;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Logits, losses and gradients of every parameter against those of transformers. */
@SuppressWarnings("try") // scopes are guards
final class GoldenModelTest {
  /** Prefix of those parameters that only the name of the file's style lacks. */
  private static final String BARE = "transformer.";

  private record Tolerances(double logits, double loss, double gradients) {}

  private static final Map<ElementType, Tolerances> TOLERANCES =
      Map.of(
          ElementType.F32, new Tolerances(3e-5, 2e-6, 3e-5),
          ElementType.F64, new Tolerances(1e-10, 1e-12, 1e-9));

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  static Stream<Arguments> cases() {
    return Checkpoints.with("golden.safetensors").stream()
        .filter(path -> hasBatch(path.resolve("golden.safetensors")))
        .flatMap(
            path ->
                Stream.of(ElementType.F64, ElementType.F32).map(type -> Arguments.of(path, type)));
  }

  private static boolean hasBatch(Path file) {
    try (Golden golden = Golden.open(file)) {
      return golden.has("right.input_ids");
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The base of an adapter lies beside it. */
  private static LanguageModel open(Path checkpoint, ElementType type) throws IOException {
    boolean adapter = Files.exists(checkpoint.resolve("adapter_config.json"));
    Path base =
        adapter
            ? checkpoint.resolveSibling(checkpoint.getFileName().toString().replace("-lora", ""))
            : checkpoint;
    LanguageModel.Builder builder =
        LanguageModel.builder(base).precision(type).withParameterGradients();
    return adapter ? builder.adapter(checkpoint).open() : builder.open();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void rightPaddedBatches(Path checkpoint, ElementType type) throws IOException {
    try (LanguageModel model = open(checkpoint, type);
        Golden golden = Golden.open(checkpoint.resolve("golden.safetensors"));
        PointerScope scope = new PointerScope()) {
      check(model, golden, golden, "", type);
    }
  }

  /** As transformers 4 writes them, where there is one. */
  @ParameterizedTest
  @MethodSource("cases")
  void settingsOfTransformers4(Path checkpoint, ElementType type, @TempDir Path copy)
      throws IOException {
    Path settings =
        checkpoint.resolveSibling("configs-v4").resolve(checkpoint.getFileName() + ".json");
    if (!Files.exists(settings)) {
      return;
    }
    copy(checkpoint, copy);
    Files.delete(copy.resolve("config.json"));
    Files.copy(settings, copy.resolve("config.json"));
    try (LanguageModel model = open(copy, type);
        Golden golden = Golden.open(checkpoint.resolve("golden.safetensors"));
        PointerScope scope = new PointerScope()) {
      check(model, golden, golden, "", type);
    }
  }

  static Stream<Path> bare() {
    return Checkpoints.with("config.json").stream()
        .filter(path -> path.endsWith("gpt2-legacy-names"));
  }

  @ParameterizedTest(allowZeroInvocations = true)
  @MethodSource("bare")
  void namesWithoutPrefix(Path checkpoint) throws IOException {
    try (LanguageModel model = open(checkpoint, ElementType.F64);
        Golden golden =
            Golden.open(checkpoint.resolveSibling("gpt2").resolve("golden.safetensors"));
        PointerScope scope = new PointerScope()) {
      check(model, golden, golden, BARE, ElementType.F64);
      assertThat(model.layers().get(0).name()).isEqualTo("h.0.attn.c_attn");
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void leftPaddedBatches(Path checkpoint, ElementType type) throws IOException {
    try (LanguageModel model = open(checkpoint, type);
        Golden golden = Golden.open(checkpoint.resolve("golden.safetensors"));
        PointerScope scope = new PointerScope()) {
      if (!golden.has("left.input_ids")) {
        return;
      }
      long[][] ids = golden.matrix("left.input_ids");
      long[][] mask = golden.matrix("left.attention_mask");
      Tolerances tolerances = TOLERANCES.get(type);
      for (String positions : List.of("", "maskpos.")) {
        long[][] places = positions.isEmpty() ? null : golden.matrix("left.position_ids_from_mask");
        Tensor logits = model.logits(ids, mask, places);
        int vocabulary = (int) logits.size(2);
        double[] last = Golden.doubles(logits.select(0, 2));
        double[] expected = golden.numbers("left." + positions + "logits_f64_row2");
        for (int t = 0; t < mask[2].length; t++) {
          if (mask[2][t] == 1) {
            assertThat(
                    Golden.largestDifference(
                        Arrays.copyOfRange(last, t * vocabulary, (t + 1) * vocabulary),
                        Arrays.copyOfRange(expected, t * vocabulary, (t + 1) * vocabulary)))
                .as("%slogits of token %d", positions, t)
                .isLessThan(tolerances.logits());
          }
        }
        Tensor loss = loss(logits, golden.matrix("left.labels"));
        double wanted = golden.numbers("left." + positions + "loss_f64")[0];
        assertThat(Golden.doubles(loss)[0] / wanted - 1)
            .isBetween(-tolerances.loss(), tolerances.loss());
        if (positions.isEmpty()) {
          checkGradients(model, loss, golden, "left.grad.", "", tolerances);
        }
      }
    }
  }

  private static void check(
      LanguageModel model, Golden golden, Golden gradients, String bare, ElementType type) {
    Tolerances tolerances = TOLERANCES.get(type);
    long[][] ids = golden.matrix("right.input_ids");
    long[][] mask = golden.matrix("right.attention_mask");
    Tensor logits = model.logits(ids, mask, null);
    int vocabulary = (int) logits.size(2);
    double[] all = Golden.doubles(logits);
    double[] expected = golden.numbers("right.logits_f64");
    long[] rows = golden.has("right.rows") ? golden.longs("right.rows") : upTo(ids);
    for (int i = 0; i < rows.length; i++) {
      int row = (int) rows[i];
      if (mask[row / ids[0].length][row % ids[0].length] == 1) {
        assertThat(
                Golden.largestDifference(
                    Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary),
                    Arrays.copyOfRange(expected, i * vocabulary, (i + 1) * vocabulary)))
            .as("logits of row %d", row)
            .isLessThan(tolerances.logits());
      }
    }
    Tensor loss = loss(logits, golden.matrix("right.labels"));
    assertThat(Golden.doubles(loss)[0] / golden.numbers("right.loss_f64")[0] - 1)
        .isBetween(-tolerances.loss(), tolerances.loss());
    checkGradients(model, loss, gradients, "right.grad.", bare, tolerances);
    if (!golden.has("right.rows")) {
      assertThat(golden.under("right.grad."))
          .containsExactlyInAnyOrderElementsOf(
              model.parameters().keySet().stream().map(name -> bare + name).toList());
    }
  }

  private static long[] upTo(long[][] ids) {
    long[] out = new long[ids.length * ids[0].length];
    Arrays.setAll(out, i -> i);
    return out;
  }

  private static void checkGradients(
      LanguageModel model,
      Tensor loss,
      Golden golden,
      String prefix,
      String bare,
      Tolerances tolerances) {
    List<String> names = new ArrayList<>(model.parameters().keySet());
    TensorVector parameters = new TensorVector();
    names.forEach(name -> parameters.push_back(model.parameters().get(name)));
    TensorVector found =
        grad(
            new TensorVector(loss),
            parameters,
            new TensorVector(),
            new BoolOptional(true),
            false,
            false);
    Map<String, double[]> gradients = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      gradients.put(bare + names.get(i), Golden.doubles(found.get(i)));
    }
    for (String name : golden.under(prefix)) {
      assertThat(gradients).containsKey(name);
      assertThat(Golden.relativeError(gradients.get(name), golden.numbers(prefix + name)))
          .as("gradient of %s", name)
          .isLessThan(tolerances.gradients());
    }
  }

  /** Summed over the rows with a target; labels are not shifted. */
  private static Tensor loss(Tensor logits, long[][] labels) {
    long rows = logits.size(1) - 1;
    long[] next =
        Arrays.stream(labels).flatMapToLong(sequence -> Arrays.stream(sequence).skip(1)).toArray();
    CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
    sum.reduction().put(new kSum());
    Tensor fed = logits.narrow(1, 0, rows).reshape(-1, logits.size(2));
    return cross_entropy(fed, AbstractTensor.create(next, next.length), sum);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }
}
