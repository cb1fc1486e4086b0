/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/** The function between the two halves of the feed-forward part. */
public enum Activation {
  /** x Φ(x). */
  GELU,
  /** x Φ(x), with tanh. */
  GELU_TANH,
  /** x σ(1.702 x). */
  QUICK_GELU,
  /** x σ(x). */
  SILU,
  /** max(x, 0). */
  RELU;

  /** By transformers' name. */
  static Activation of(Settings config, String key, String otherwise) {
    return switch (config.text(key, otherwise)) {
      case "gelu", "gelu_python" -> GELU;
      case "gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu_python_tanh" -> GELU_TANH;
      case "quick_gelu" -> QUICK_GELU;
      case "silu", "swish" -> SILU;
      case "relu" -> RELU;
      default ->
          throw config.problem(
              key,
              "is \""
                  + config.text(key)
                  + "\", an activation that is not done; done are gelu, gelu_new,"
                  + " gelu_pytorch_tanh, gelu_fast, quick_gelu, silu and relu");
    };
  }
}
