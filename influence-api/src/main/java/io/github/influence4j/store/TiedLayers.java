/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which layers are used several times in one forward pass. Their further uses are named L#1, L#2,
 * as a layer of its own may be, so it is stated: by {@link CaptureOptions#withTied}, by {@code
 * "tied": "L,M"} in the file's metadata, or, for none, by {@link CaptureOptions#withoutTied} or
 * {@code "tied": ""}.
 *
 * @param layers their names
 * @param all whether no other layer is tied
 */
record TiedLayers(Set<String> layers, boolean all) {
  private static final Pattern USE = Pattern.compile("(.*)#[0-9]+", Pattern.DOTALL);

  /** Nothing stated. */
  static TiedLayers unstated() {
    return new TiedLayers(Set.of(), false);
  }

  /**
   * What the options and the file state; the options go first.
   *
   * @param metadata of the file under "tied", or null
   */
  TiedLayers orElse(@Nullable String metadata) {
    if (stated() || metadata == null) {
      return this;
    }
    List<String> names = Arrays.stream(metadata.split(",")).filter(n -> !n.isEmpty()).toList();
    return new TiedLayers(new LinkedHashSet<>(names), true);
  }

  /** Whether anybody said which layers are tied, or that none is. */
  boolean stated() {
    return all || !layers.isEmpty();
  }

  boolean contains(String layer) {
    return layers.contains(layer);
  }

  /**
   * The layer that a name is of.
   *
   * @param name LAYER or LAYER#USE
   * @param names all such names
   */
  String layer(String name, Set<String> names) {
    Matcher use = USE.matcher(name);
    if (!use.matches()) {
      return name;
    }
    String layer = use.group(1);
    Check.that(
        all || layers.contains(layer) || !names.contains(layer),
        "\"%s\" may be a further use of layer \"%s\" or a layer of its own; say --tied \"%s\" if it"
            + " is one layer that is used several times, or --untied if not (in Java: withTied or"
            + " withoutTied).",
        name,
        layer,
        layer);
    return layers.contains(layer) ? layer : name;
  }
}
