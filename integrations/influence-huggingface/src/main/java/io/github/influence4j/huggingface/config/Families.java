/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The families of decoders that are done, by {@code model_type}. */
public final class Families {
  /** Each changes the mathematics in a way that no family does here. */
  private static final List<String> NOT_DONE =
      List.of(
          "quantization_config",
          "is_encoder_decoder",
          "add_cross_attention",
          "use_bidirectional_attention",
          "pruned_heads",
          "num_experts",
          "num_local_experts",
          "attention_multiplier",
          "embedding_multiplier",
          "residual_multiplier",
          "logits_scaling",
          "logit_scale",
          "no_rope_layers");

  private Families() {}

  /**
   * Reads the table.
   *
   * @param config what {@code config.json} says, as transformers 4 or 5 write it
   * @return the description
   * @throws IllegalArgumentException for a family or a setting that is not done; names the key
   */
  public static Description describe(Settings config) {
    NOT_DONE.forEach(
        key -> config.require(key, Set.of(false, 0.0, 1.0), "such models are not done"));
    String type = config.text("model_type");
    return switch (type) {
      case "gpt2" -> LayerNormFamilies.gpt2(config);
      case "gpt_neox" -> LayerNormFamilies.neox(config);
      default -> {
        GatedFamily family = GatedFamily.of(type);
        if (family == null) {
          Set<String> known = new TreeSet<>(GatedFamily.types());
          known.addAll(List.of("gpt2", "gpt_neox"));
          throw config.problem(
              "model_type",
              "is \""
                  + type
                  + "\", a kind of model that is not done; done are "
                  + String.join(", ", known));
        }
        yield family.describe(config);
      }
    };
  }
}
