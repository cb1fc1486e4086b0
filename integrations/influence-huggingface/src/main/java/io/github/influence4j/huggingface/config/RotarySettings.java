/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.List;
import java.util.Set;

/**
 * Reads rotary positions: {@code rope_theta}, {@code rope_scaling} and the like of transformers 4,
 * {@code rope_parameters} of transformers 5.
 */
final class RotarySettings {
  private static final String PARTIAL = "partial_rotary_factor";
  private static final String FIRST_LENGTH = "original_max_position_embeddings";
  private static final double THETA = 10_000;

  private final Settings config;
  private final Settings inside;

  private RotarySettings(Settings config) {
    this.config = config;
    Settings scaling = config.section("rope_scaling");
    Settings parameters = config.section("rope_parameters");
    this.inside = scaling != null ? scaling : parameters != null ? parameters : config;
  }

  /**
   * Reads them.
   *
   * @param config of the model
   * @param headWidth of a head
   * @param share of a head that is turned where nothing is said; 0 if all of it must be
   * @param context tokens of the longest text that the model knows
   */
  static Positions.Rotary read(Settings config, int headWidth, double share, int context) {
    RotarySettings settings = new RotarySettings(config);
    RotaryScaling scaling = settings.scaling(context);
    double part = settings.first(List.of(PARTIAL, "rotary_pct"), share == 0 ? 1 : share);
    if (share == 0 && part != 1) {
      throw config.problem(
          PARTIAL, "is " + part + ", which this kind of model does not know; expected 1");
    }
    int dimensions = (int) (headWidth * part);
    if (dimensions < 2 || dimensions % 2 != 0 || dimensions > headWidth) {
      throw config.problem(
          PARTIAL,
          "turns "
              + dimensions
              + " of "
              + headWidth
              + " dimensions of a head; expected an even"
              + " number of 2 or more");
    }
    double theta = settings.first(List.of("rope_theta", "rotary_emb_base"), THETA);
    return new Positions.Rotary(dimensions, theta, scaling);
  }

  /** A setting under any of its names, which must not contradict each other. */
  private double first(List<String> names, double otherwise) {
    String found = "";
    double value = otherwise;
    for (Settings place : inside == config ? List.of(config) : List.of(inside, config)) {
      for (String name : names) {
        if (place.has(name)) {
          double here = place.positive(name);
          if (!found.isEmpty() && here != value) {
            throw place.problem(
                name, "is " + here + ", but \"" + found + "\" is " + value + "; remove one");
          }
          found = name;
          value = here;
        }
      }
    }
    return value;
  }

  private RotaryScaling scaling(int context) {
    if (inside == config) {
      return new RotaryScaling.None();
    }
    for (String key : inside.keys()) {
      if (key.endsWith("_attention")) {
        throw inside.problem(
            key, "gives kinds of layers positions of their own, which is not done");
      }
    }
    inside.require("attention_factor", Set.of(1.0), "attention scaled with the length is not done");
    String key = inside.has("rope_type") || !inside.has("type") ? "rope_type" : "type";
    String kind = inside.text(key, "default");
    return switch (kind) {
      case "default" -> new RotaryScaling.None();
      case "linear" -> new RotaryScaling.Linear(inside.positive("factor"));
      case "dynamic" -> new RotaryScaling.Dynamic(inside.positive("factor"), context);
      case "llama3" -> llama3();
      default ->
          throw inside.problem(
              key,
              "is \""
                  + kind
                  + "\", a scaling of rotary positions that is not done; done are"
                  + " default, linear, dynamic and llama3");
    };
  }

  private RotaryScaling llama3() {
    double low = inside.positive("low_freq_factor");
    double high = inside.positive("high_freq_factor");
    if (high <= low) {
      throw inside.problem(
          "high_freq_factor", "is " + high + ", expected more than low_freq_factor, " + low);
    }
    Settings place = inside.has(FIRST_LENGTH) ? inside : config;
    int known = place.size(FIRST_LENGTH);
    return new RotaryScaling.Llama3(inside.positive("factor"), low, high, known);
  }
}
