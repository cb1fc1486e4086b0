/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.huggingface.config.Description;
import io.github.influence4j.huggingface.config.Families;
import io.github.influence4j.huggingface.config.Parameters;
import io.github.influence4j.huggingface.config.Settings;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Settings that no golden checkpoint has, against a second model: a float64 forward pass of every
 * family in numpy, written from the formulas without this module, which agrees with the golden
 * logits to 8e-15. Weights are a formula, so that the expected logits (of the last row, tokens 0 to
 * 2 of both sequences) are all there is to keep.
 */
@SuppressWarnings("try") // scopes are guards
final class OracleTest {
  private static final Path CASES = Path.of("src", "test", "resources", "oracle", "cases.jsonl");
  private static final long[][] IDS = {
    {5, 9, 1, 7, 9, 2, 18, 3, 8, 0, 11}, {4, 4, 17, 0, 6, 12, 3, 3, 10, 15, 1}
  };

  @TempDir private Path directory;

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  static Stream<JsonObject> cases() throws IOException {
    return Files.readAllLines(CASES).stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void logitsAreThoseOfTheFormulas(JsonObject example) throws IOException {
    Path config = directory.resolve("config.json");
    Files.writeString(config, example.get("config").toString());
    Description description = Families.describe(Settings.read(config));
    Safetensors.write(
        directory.resolve("model.safetensors"),
        weights(Parameters.of(description.architecture(), description.names())),
        Map.of());
    JsonArray expected = example.getAsJsonArray("logits");
    try (LanguageModel model = LanguageModel.builder(directory).precision(ElementType.F64).open();
        PointerScope scope = new PointerScope()) {
      double[] logits = Golden.doubles(model.logits(IDS, null, null));
      int vocabulary = model.vocabulary();
      for (int i = 0; i < expected.size(); i++) {
        int row = (i / 3 + 1) * IDS[0].length - 1;
        // logits are below 100, and printed to 13 digits
        assertThat(logits[row * vocabulary + i % 3])
            .isCloseTo(expected.get(i).getAsDouble(), within(1e-10));
      }
    }
  }

  private static Map<String, TensorView> weights(Map<String, long[]> shapes) {
    Map<String, TensorView> out = new LinkedHashMap<>();
    new TreeMap<>(shapes)
        .forEach(
            (name, shape) -> {
              boolean norm = shape.length == 1 && name.endsWith(".weight");
              double[] values = new double[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
              double start = 1.3 * out.size();
              Arrays.setAll(
                  values,
                  i -> {
                    double wave = Math.sin(start + 0.37 * i * i + i);
                    return norm ? 1 + 0.3 * wave : 0.6 * wave;
                  });
              out.put(name, TensorView.of(values, shape));
            });
    return out;
  }
}
