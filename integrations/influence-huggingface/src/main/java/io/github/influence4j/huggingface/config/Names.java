/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import java.util.ArrayList;
import java.util.List;

/** The names of tensors, family by family. */
final class Names {
  private static final String NO_PARAMETERS =
      "layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq|rotary_emb\\.inv_freq";

  static final TensorNames GPT2 =
      TensorNames.of(
          "transformer.",
          true,
          "h\\.\\d+\\.attn\\.(bias|masked_bias)",
          List.of(
              "TOKENS wte",
              "PLACES wpe",
              "LAST_NORM ln_f",
              "HEAD lm_head",
              "BEFORE_ATTENTION h.#.ln_1",
              "QUERY_KEY_VALUE h.#.attn.c_attn",
              "ATTENTION_OUT h.#.attn.c_proj",
              "BEFORE_FEED_FORWARD h.#.ln_2",
              "UP h.#.mlp.c_fc",
              "DOWN h.#.mlp.c_proj"));

  static final TensorNames NEOX =
      TensorNames.of(
          "gpt_neox.",
          false,
          "layers\\.\\d+\\.attention\\.(bias|masked_bias|rotary_emb\\.inv_freq)"
              + "|rotary_emb\\.inv_freq",
          List.of(
              "TOKENS embed_in",
              "LAST_NORM final_layer_norm",
              "HEAD embed_out",
              "BEFORE_ATTENTION layers.#.input_layernorm",
              "QUERY_KEY_VALUE layers.#.attention.query_key_value",
              "ATTENTION_OUT layers.#.attention.dense",
              "BEFORE_FEED_FORWARD layers.#.post_attention_layernorm",
              "UP layers.#.mlp.dense_h_to_4h",
              "DOWN layers.#.mlp.dense_4h_to_h"));

  private Names() {}

  /** Of the gated families, whose norms alone have names by where they are. */
  static TensorNames gated(Wiring wiring) {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "TOKENS embed_tokens",
                "LAST_NORM norm",
                "HEAD lm_head",
                "QUERY layers.#.self_attn.q_proj",
                "KEY layers.#.self_attn.k_proj",
                "VALUE layers.#.self_attn.v_proj",
                "QUERY_KEY_VALUE layers.#.self_attn.qkv_proj",
                "QUERY_NORM layers.#.self_attn.q_norm",
                "KEY_NORM layers.#.self_attn.k_norm",
                "ATTENTION_OUT layers.#.self_attn.o_proj",
                "GATE layers.#.mlp.gate_proj",
                "UP layers.#.mlp.up_proj",
                "GATE_UP layers.#.mlp.gate_up_proj",
                "DOWN layers.#.mlp.down_proj",
                "BEFORE_ATTENTION layers.#.input_layernorm"));
    if (wiring == Wiring.SEQUENTIAL) {
      lines.add("BEFORE_FEED_FORWARD layers.#.post_attention_layernorm");
    } else {
      lines.add("AFTER_ATTENTION layers.#.post_attention_layernorm");
      lines.add("BEFORE_FEED_FORWARD layers.#.pre_feedforward_layernorm");
      lines.add("AFTER_FEED_FORWARD layers.#.post_feedforward_layernorm");
    }
    return TensorNames.of("model.", false, NO_PARAMETERS, lines);
  }
}
