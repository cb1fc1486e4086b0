/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.adapter;

import io.github.influence4j.huggingface.config.Settings;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What {@code adapter_config.json} says. */
final class AdapterSettings {
  /** Each changes what an adapter computes in a way that is not done here. */
  private static final List<String> NOT_DONE =
      List.of(
          "use_dora",
          "use_qalora",
          "use_bdlora",
          "lora_bias",
          "modules_to_save",
          "layer_replication",
          "trainable_token_indices",
          "target_parameters",
          "alora_invocation_tokens",
          "arrow_config",
          "kasa_config",
          "monteclora_config",
          "velora_config",
          "corda_config",
          "lora_ga_config");

  /** Ways to begin that leave the model's own weights as they are. */
  private static final Set<Object> BEGINNINGS =
      Set.of(true, false, "gaussian", "eva", "orthogonal");

  private final Settings settings;

  private AdapterSettings(Settings settings) {
    this.settings = settings;
  }

  /** Reads them, and refuses kinds of adapters that are not done. */
  static AdapterSettings of(Settings settings) {
    if (!settings.text("peft_type").equals("LORA")) {
      throw settings.problem(
          "peft_type",
          "is \"" + settings.text("peft_type") + "\", a kind of adapter that is not done; LORA is");
    }
    NOT_DONE.forEach(key -> settings.require(key, Set.of(false), "such adapters are not done"));
    settings.require("bias", Set.of("none"), "adapters that change biases are not done");
    settings.require(
        "init_lora_weights",
        BEGINNINGS,
        "such adapters change the model's own weights, which is not done; convert it to plain LoRA"
            + " with PEFT");
    return new AdapterSettings(settings);
  }

  /** Rank of a module's update. */
  int rank(String module) {
    return pattern("rank_pattern", module).size(key("rank_pattern", module, "r"));
  }

  /** What a module's update is multiplied with. */
  double scale(String module) {
    double alpha =
        pattern("alpha_pattern", module).number(key("alpha_pattern", module, "lora_alpha"));
    double rank = rank(module);
    return alpha / (settings.flag("use_rslora", false) ? Math.sqrt(rank) : rank);
  }

  /**
   * Whether a module has an update. Where the choice of modules depends on more than their names,
   * nothing is asked for.
   */
  boolean targets(String module) {
    for (String narrower : List.of("layers_to_transform", "exclude_modules")) {
      if (settings.has(narrower)) {
        return false;
      }
    }
    List<String> targets = settings.texts("target_modules");
    if (targets.equals(List.of("all-linear"))) {
      return true;
    }
    return settings.isList("target_modules")
        ? targets.stream().anyMatch(t -> module.equals(t) || module.endsWith("." + t))
        : targets.stream().anyMatch(t -> matches("target_modules", t, module));
  }

  private Settings pattern(String patterns, String module) {
    Settings inside = settings.section(patterns);
    return inside != null && !found(patterns, inside, module).isEmpty() ? inside : settings;
  }

  private String key(String patterns, String module, String otherwise) {
    Settings inside = settings.section(patterns);
    String found = inside == null ? "" : found(patterns, inside, module);
    return found.isEmpty() ? otherwise : found;
  }

  /** The first key that is the end of a module's name, as a regular expression. */
  private String found(String patterns, Settings inside, String module) {
    return inside.keys().stream()
        .filter(key -> matches(patterns, "(.*\\.)?(" + key + ")", module))
        .findFirst()
        .orElse("");
  }

  private boolean matches(String key, String expression, String module) {
    try {
      return Pattern.matches(expression, module);
    } catch (PatternSyntaxException e) {
      throw settings.problem(
          key, "has \"" + e.getPattern() + "\", no regular expression: " + e.getDescription());
    }
  }
}
