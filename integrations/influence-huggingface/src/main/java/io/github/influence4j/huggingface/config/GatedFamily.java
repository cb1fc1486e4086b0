/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import io.github.influence4j.huggingface.config.Attention.Projections;
import io.github.influence4j.huggingface.config.Attention.QueryKeyNorm;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Llama and its kin: root mean squares, a gated feed-forward part and rotary positions. */
enum GatedFamily {
  LLAMA(
      Wiring.SEQUENTIAL,
      QueryKeyNorm.NONE,
      Biases.BY_SETTING,
      Windows.NONE,
      new Unsaid(1e-6, 2048, 0, 0)),
  MISTRAL(
      Wiring.SEQUENTIAL,
      QueryKeyNorm.NONE,
      Biases.NONE,
      Windows.ALL,
      new Unsaid(1e-6, 131_072, 8, 0)),
  QWEN2(
      Wiring.SEQUENTIAL,
      QueryKeyNorm.NONE,
      Biases.INPUTS,
      Windows.LATE,
      new Unsaid(1e-6, 32_768, 32, 0)),
  QWEN3(
      Wiring.SEQUENTIAL,
      QueryKeyNorm.EACH_HEAD,
      Biases.BY_SETTING,
      Windows.LATE,
      new Unsaid(1e-6, 32_768, 32, 128)),
  PHI3(
      Wiring.SEQUENTIAL,
      QueryKeyNorm.NONE,
      Biases.NONE,
      Windows.IF_GIVEN,
      new Unsaid(1e-5, 4096, 0, 0)),
  GEMMA2(
      Wiring.SANDWICHED,
      QueryKeyNorm.NONE,
      Biases.BY_SETTING,
      Windows.ALTERNATING,
      new Unsaid(1e-6, 8192, 4, 256)),
  OLMO2(
      Wiring.AFTER,
      QueryKeyNorm.WHOLE,
      Biases.BY_SETTING,
      Windows.NONE,
      new Unsaid(1e-5, 2048, 0, 0));

  /** Which projections of the attention have biases. */
  private enum Biases {
    NONE,
    /** Queries, keys and values. */
    INPUTS,
    /** All four, if {@code attention_bias} says so. */
    BY_SETTING
  }

  /**
   * What transformers takes where {@code config.json} is silent.
   *
   * @param epsilon of norms
   * @param context tokens of the longest text
   * @param keyValueHeads 0 for as many as there are heads
   * @param headWidth 0 for an equal share of the width
   */
  private record Unsaid(double epsilon, int context, int keyValueHeads, int headWidth) {}

  private final Wiring wiring;
  private final QueryKeyNorm norm;
  private final Biases biases;
  private final Windows windows;

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers
  private final Unsaid unsaid;

  GatedFamily(Wiring wiring, QueryKeyNorm norm, Biases biases, Windows windows, Unsaid unsaid) {
    this.wiring = wiring;
    this.norm = norm;
    this.biases = biases;
    this.windows = windows;
    this.unsaid = unsaid;
  }

  /** By transformers' name; null if there is none. */
  static @Nullable GatedFamily of(String type) {
    return Arrays.stream(values()).filter(f -> f.type().equals(type)).findFirst().orElse(null);
  }

  static List<String> types() {
    return Arrays.stream(values()).map(GatedFamily::type).toList();
  }

  private String type() {
    return name().toLowerCase(Locale.ROOT);
  }

  Description describe(Settings config) {
    Sizes sizes = sizes(config);
    int context = config.size("max_position_embeddings", unsaid.context());
    Architecture architecture =
        new Architecture(
            sizes,
            new Norm(
                this == GEMMA2 ? Norm.Kind.RMS_PLUS_ONE : Norm.Kind.RMS,
                config.positive("rms_norm_eps", unsaid.epsilon())),
            wiring,
            RotarySettings.read(config, sizes.headWidth(), this == PHI3 ? 1 : 0, context),
            attention(config, sizes),
            feedForward(config),
            ends(config, sizes));
    return new Description(type(), architecture, Names.gated(wiring), context);
  }

  private Sizes sizes(Settings config) {
    int width = config.size("hidden_size");
    int heads = config.size("num_attention_heads");
    boolean asHeads = unsaid.keyValueHeads() == 0 || config.mentions("num_key_value_heads");
    int keyValueHeads =
        config.size("num_key_value_heads", asHeads ? heads : unsaid.keyValueHeads());
    if (heads % keyValueHeads != 0) {
      throw config.problem(
          "num_key_value_heads",
          "is " + keyValueHeads + ", which does not divide num_attention_heads, " + heads);
    }
    if (!config.has("head_dim") && unsaid.headWidth() == 0 && width % heads != 0) {
      throw config.problem("head_dim", "is missing, expected the width of a head");
    }
    return new Sizes(
        config.layers("num_hidden_layers"),
        width,
        heads,
        keyValueHeads,
        config.size("head_dim", unsaid.headWidth() == 0 ? width / heads : unsaid.headWidth()),
        config.size("intermediate_size"),
        config.size("vocab_size"));
  }

  private Attention attention(Settings config, Sizes sizes) {
    boolean set = biases == Biases.BY_SETTING && config.flag("attention_bias", false);
    double share = this == GEMMA2 ? config.positive("query_pre_attn_scalar", 256) : 0;
    double scale = 1 / Math.sqrt(share == 0 ? sizes.headWidth() : share);
    return new Attention(
        this == PHI3 ? Projections.STACKED : Projections.SEPARATE,
        set || biases == Biases.INPUTS,
        set,
        norm,
        softCap(config, "attn_logit_softcapping", 50),
        Attention.same(sizes.layers(), scale),
        windows.of(config, sizes.layers()));
  }

  private FeedForward feedForward(Settings config) {
    Activation activation =
        this == GEMMA2
            ? Activation.of(config, "hidden_activation", "gelu_pytorch_tanh")
            : Activation.of(config, "hidden_act", "silu");
    return new FeedForward(
        this == PHI3 ? FeedForward.Gate.FUSED : FeedForward.Gate.SEPARATE,
        this == LLAMA && config.flag("mlp_bias", false),
        activation);
  }

  private Ends ends(Settings config, Sizes sizes) {
    return new Ends(
        config.flag("tie_word_embeddings", this == GEMMA2),
        this == GEMMA2 ? Math.sqrt(sizes.width()) : 1,
        softCap(config, "final_logit_softcapping", 30));
  }

  /** Of Gemma 2, which says null for none; the others do not know the setting. */
  private double softCap(Settings config, String key, double otherwise) {
    return this == GEMMA2 ? config.positiveOrNull(key, otherwise) : 0;
  }
}
