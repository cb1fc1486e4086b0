/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which layers are linear although their tensors have three dimensions, as those of a 1-d
 * convolution have, and which dimension is the examples. Sizes cannot tell, so it is stated: by
 * {@link CaptureOptions#withLinear} and {@link CaptureOptions#withRowsFirst}, or by {@code
 * "linear": "L,M"} and {@code "rows-first": "L,M"} in the file's metadata; "*" stands for all
 * layers that are not named. What names a layer goes first, then what an option says.
 *
 * @param options by layer
 * @param file the same, as the metadata states it
 */
record LinearLayers(Map<String, Order> options, Map<String, Order> file) {
  /** All layers that are not named. */
  static final String ALL = "*";

  /** Where a linear layer of three dimensions has its examples. */
  enum Order {
    /** Nobody said that it is linear. */
    UNSTATED,
    /** [examples, rows, columns]. */
    EXAMPLES_FIRST,
    /** [rows, examples, columns]. */
    ROWS_FIRST
  }

  /** Nothing stated. */
  static LinearLayers unstated() {
    return new LinearLayers(Map.of(), Map.of());
  }

  /**
   * A copy with options that say more.
   *
   * @param layers their names; none for all that are not named
   */
  LinearLayers with(Order order, String... layers) {
    String[] named = layers.length == 0 ? new String[] {ALL} : layers;
    return new LinearLayers(joined(options, order, named), file);
  }

  /**
   * A copy with what the file states.
   *
   * @param metadata of the file, of which "linear" and "rows-first" are read
   */
  LinearLayers orElse(Map<String, String> metadata) {
    Map<String, Order> linear =
        joined(Map.of(), Order.EXAMPLES_FIRST, names(metadata.get("linear")));
    return new LinearLayers(
        options, joined(linear, Order.ROWS_FIRST, names(metadata.get("rows-first"))));
  }

  private static String[] names(@Nullable String commaSeparated) {
    return commaSeparated == null
        ? new String[0]
        : Arrays.stream(commaSeparated.split(",")).filter(n -> !n.isEmpty()).toArray(String[]::new);
  }

  private static Map<String, Order> joined(Map<String, Order> some, Order order, String... layers) {
    Map<String, Order> all = new HashMap<>(some);
    for (String layer : layers) {
      Order before = all.put(layer, order);
      Check.that(
          before == null || before == order,
          "Layer \"%s\" is said to be both linear, which is [examples, rows, columns], and rows-first,"
              + " which is [rows, examples, columns]; say one.",
          layer);
    }
    return Map.copyOf(all);
  }

  /** Whether anybody named the layer as one of [rows, examples, columns]. */
  boolean rowsFirst(String layer) {
    return options.getOrDefault(layer, file.get(layer)) == Order.ROWS_FIRST;
  }

  /** Where a linear layer has its examples; unstated where nobody said that it is linear. */
  Order order(String layer) {
    for (String name : new String[] {layer, ALL}) {
      Order stated = options.getOrDefault(name, file.get(name));
      if (stated != null) {
        return stated;
      }
    }
    return Order.UNSTATED;
  }
}
