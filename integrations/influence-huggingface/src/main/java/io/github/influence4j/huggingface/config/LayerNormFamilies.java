/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import io.github.influence4j.huggingface.config.Attention.Projections;
import io.github.influence4j.huggingface.config.Attention.QueryKeyNorm;

/** GPT-2 and GPT-NeoX (Pythia): means and variances, and biases everywhere. */
final class LayerNormFamilies {
  private static final double EPSILON = 1e-5;
  private static final double NEOX_ROTARY_SHARE = 0.25;

  private LayerNormFamilies() {}

  static Description gpt2(Settings config) {
    int layers = config.layers("n_layer");
    int width = config.size("n_embd");
    int heads = config.size("n_head");
    int headWidth = headWidth(config, "n_embd", width, heads);
    Sizes sizes =
        new Sizes(
            layers,
            width,
            heads,
            heads,
            headWidth,
            config.size("n_inner", 4 * width),
            config.size("vocab_size"));
    double scale = config.flag("scale_attn_weights", true) ? 1 / Math.sqrt(headWidth) : 1;
    double[] scales = Attention.same(layers, scale);
    if (config.flag("scale_attn_by_inverse_layer_idx", false)) {
      for (int i = 0; i < layers; i++) {
        scales[i] /= i + 1;
      }
    }
    int context = config.size("n_positions", 1024);
    Architecture architecture =
        new Architecture(
            sizes,
            new Norm(Norm.Kind.LAYER, config.positive("layer_norm_epsilon", EPSILON)),
            Wiring.SEQUENTIAL,
            new Positions.Learned(context),
            attention(Projections.STACKED, true, scales),
            new FeedForward(
                FeedForward.Gate.NONE,
                true,
                Activation.of(config, "activation_function", "gelu_new")),
            new Ends(config.flag("tie_word_embeddings", true), 1, 0));
    return new Description("gpt2", architecture, Names.GPT2, context);
  }

  static Description neox(Settings config) {
    int layers = config.layers("num_hidden_layers");
    int width = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    int headWidth = headWidth(config, "hidden_size", width, heads);
    Sizes sizes =
        new Sizes(
            layers,
            width,
            heads,
            heads,
            headWidth,
            config.size("intermediate_size"),
            config.size("vocab_size"));
    int context = config.size("max_position_embeddings", 2048);
    boolean parallel = config.flag("use_parallel_residual", true);
    Architecture architecture =
        new Architecture(
            sizes,
            new Norm(Norm.Kind.LAYER, config.positive("layer_norm_eps", EPSILON)),
            parallel ? Wiring.PARALLEL : Wiring.SEQUENTIAL,
            RotarySettings.read(config, headWidth, NEOX_ROTARY_SHARE, context),
            attention(
                Projections.HEAD_BY_HEAD,
                config.flag("attention_bias", true),
                Attention.same(layers, 1 / Math.sqrt(headWidth))),
            new FeedForward(
                FeedForward.Gate.NONE, true, Activation.of(config, "hidden_act", "gelu")),
            new Ends(config.flag("tie_word_embeddings", false), 1, 0));
    return new Description("gpt_neox", architecture, Names.NEOX, context);
  }

  private static Attention attention(Projections projections, boolean biases, double[] scales) {
    return new Attention(
        projections, biases, biases, QueryKeyNorm.NONE, 0, scales, new int[scales.length]);
  }

  private static int headWidth(Settings config, String key, int width, int heads) {
    if (width % heads != 0) {
      throw config.problem(key, "is " + width + ", which " + heads + " heads do not divide evenly");
    }
    return width / heads;
  }
}
