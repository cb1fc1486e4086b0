/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.RowLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which layers are linear although their tensors have three dimensions, as those of a 1-d
 * convolution have, and which dimension is the examples. Sizes cannot tell, so it is stated, by
 * options or in the file's metadata; "*" stands for all layers that are not named. What names a
 * layer goes first, then what an option says.
 *
 * @param options by layer
 * @param file the same, as the metadata states it
 */
record LayerKinds(Map<String, RowLayout> options, Map<String, RowLayout> file) {
  /** All layers that are not named. */
  static final String ALL = "*";

  /**
   * What the options and the file state.
   *
   * @param linear {@code --linear}: [examples, rows, columns]
   * @param rowsFirst {@code --rows-first}: [rows, examples, columns]
   * @param metadata of the file, of which "linear" and "rows-first" are read
   */
  static LayerKinds of(Set<String> linear, Set<String> rowsFirst, Map<String, String> metadata) {
    return new LayerKinds(
        statements(linear, rowsFirst),
        statements(names(metadata.get("linear")), names(metadata.get("rows-first"))));
  }

  private static Set<String> names(@Nullable String commaSeparated) {
    Set<String> names = new LinkedHashSet<>();
    if (commaSeparated != null) {
      Arrays.stream(commaSeparated.split(",")).filter(n -> !n.isEmpty()).forEach(names::add);
    }
    return names;
  }

  private static Map<String, RowLayout> statements(Set<String> linear, Set<String> rowsFirst) {
    Map<String, RowLayout> out = new HashMap<>();
    linear.forEach(layer -> out.put(layer, RowLayout.EXAMPLES_FIRST));
    for (String layer : rowsFirst) {
      Check.that(
          out.put(layer, RowLayout.ROWS_FIRST) == null,
          "Layer \"%s\" is said to be both linear, which is [examples, rows, columns], and rows-first,"
              + " which is [rows, examples, columns]; say one.",
          layer);
    }
    return out;
  }

  /** Whether anybody named the layer as one of [rows, examples, columns]. */
  boolean rowsFirst(String layer) {
    return options.getOrDefault(layer, file.get(layer)) == RowLayout.ROWS_FIRST;
  }

  /** Where a linear layer has its examples; unstated where nobody said that it is linear. */
  RowLayout layout(String layer) {
    for (String name : new String[] {layer, ALL}) {
      RowLayout stated = options.getOrDefault(name, file.get(name));
      if (stated != null) {
        return stated;
      }
    }
    return RowLayout.UNSTATED;
  }
}
