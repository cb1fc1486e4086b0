/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.huggingface.config.Description;
import io.github.influence4j.huggingface.config.Families;
import io.github.influence4j.huggingface.config.LinearModules;
import io.github.influence4j.huggingface.config.Parameters;
import io.github.influence4j.huggingface.config.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What {@code config.json} says of a model, without its weights: enough to plan with.
 *
 * @param layers the linear layers to track, as {@link LanguageModel#layers} would have them
 * @param coverage how much of the model that is
 * @param multiplied parameters that each token is multiplied with: all matrices of the blocks, and
 *     the head
 */
public record ModelOutline(List<LayerSpec> layers, Coverage coverage, long multiplied) {
  /** Copies the list. */
  public ModelOutline {
    layers = List.copyOf(layers);
  }

  /**
   * Reads it.
   *
   * @param directory with {@code config.json}; nothing else of it is read
   * @param choice of layers, as {@link LanguageModel.Builder#layers} takes it
   * @return the outline
   * @throws IOException if the file is missing or cannot be read
   * @throws IllegalArgumentException if such a model cannot be run; names the setting
   */
  public static ModelOutline read(Path directory, String choice) throws IOException {
    Description description = Families.describe(Settings.read(ModelLoader.config(directory)));
    Map<String, long[]> shapes = Parameters.of(description.architecture(), description.names());
    Predicate<String> chosen = LinearModules.chosen(choice, description);
    boolean inputsFirst = description.names().inputsFirst();
    var sizes = description.architecture().sizes();
    long multiplied = (long) sizes.vocabulary() * sizes.width();
    List<LayerSpec> layers = new ArrayList<>();
    Map<String, Long> tracked = new LinkedHashMap<>();
    Map<String, String> owners = new HashMap<>();
    Map<String, String> inputs = LinearModules.inputs(description);
    for (String module : inputs.keySet()) {
      long[] shape = shapes.getOrDefault(module + ".weight", new long[2]);
      long bias = count(shapes.getOrDefault(module + ".bias", new long[] {0}));
      multiplied += count(shape);
      if (chosen.test(module)) {
        int in = Math.toIntExact(shape[inputsFirst ? 0 : 1]);
        LayerSpec layer = LayerSpec.linear(module, in, Math.toIntExact(count(shape) / in));
        layer = bias == 0 ? layer.withoutBias() : layer;
        String owner = owners.putIfAbsent(inputs.getOrDefault(module, module), module);
        layers.add(owner == null ? layer : layer.sharingInputOf(owner));
        tracked.put(module, count(shape) + bias);
      }
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    shapes.forEach((name, shape) -> counts.put(name, count(shape)));
    return new ModelOutline(layers, Coverage.of(tracked, counts), multiplied);
  }

  private static long count(long[] shape) {
    return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
  }
}
