/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.List;

/** In which layers a token sees a window of the text only. */
enum Windows {
  /** In none. */
  NONE,
  /** In all. */
  ALL,
  /** In all, if a size is given. */
  IF_GIVEN,
  /** In those from {@code max_window_layers} on, if {@code use_sliding_window} says so. */
  LATE,
  /** In every second one, the first included. */
  ALTERNATING;

  private static final String SIZE = "sliding_window";
  private static final String KINDS = "layer_types";

  /** What transformers takes where no size is given. */
  private static final int USUAL = 4096;

  /** And where no first layer is given. */
  private static final int USUAL_FIRST = 28;

  /** Size by layer, 0 for none. */
  int[] of(Settings config, int layers) {
    int[] out = new int[layers];
    if (this == NONE) {
      return out;
    }
    boolean used = this != LATE || config.flag("use_sliding_window", false);
    int usual = this == IF_GIVEN ? 0 : USUAL;
    double given = used ? config.positiveOrNull(SIZE, usual) : 0;
    int size = (int) given;
    if (size != given) {
      throw config.problem(SIZE, "is " + given + ", expected a whole number of 1 or more");
    }
    List<String> kinds = this == LATE || this == ALTERNATING ? config.texts(KINDS) : List.of();
    if (!kinds.isEmpty() && kinds.size() != layers) {
      throw config.problem(
          KINDS,
          "has " + kinds.size() + " entries, expected one for each of " + layers + " layers");
    }
    for (int i = 0; size > 0 && i < layers; i++) {
      if (kinds.isEmpty() ? slides(config, i) : slides(config, kinds.get(i))) {
        out[i] = size;
      }
    }
    return out;
  }

  private boolean slides(Settings config, int layer) {
    return switch (this) {
      case NONE -> false;
      case ALL, IF_GIVEN -> true;
      case LATE -> layer >= config.number("max_window_layers", USUAL_FIRST);
      case ALTERNATING -> layer % 2 == 0;
    };
  }

  private static boolean slides(Settings config, String kind) {
    return switch (kind) {
      case "sliding_attention" -> true;
      case "full_attention" -> false;
      default ->
          throw config.problem(
              KINDS, "has \"" + kind + "\", expected full_attention or sliding_attention");
    };
  }
}
