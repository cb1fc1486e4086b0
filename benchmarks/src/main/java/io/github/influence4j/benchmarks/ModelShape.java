/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.internal.planning.CostModel;
import java.util.List;

/**
 * The tracked layers of a language model.
 *
 * @param name of the model
 * @param parameters of the whole model, tracked or not
 * @param blocks transformer blocks, all alike
 * @param note what is tracked, and where the shape is from
 * @param layers the tracked layers of one block
 */
record ModelShape(
    String name, double parameters, int blocks, String note, List<LayerShape> layers) {
  /**
   * A linear layer.
   *
   * @param name in the block
   * @param inputs M, the bias counted
   * @param outputs P
   * @param ownInput whether its input's covariance is its own, not that of the layer before
   */
  record LayerShape(String name, int inputs, int outputs, boolean ownInput) {
    CostModel cost(int factorBlocks) {
      return new CostModel(inputs, outputs, factorBlocks);
    }

    /** M² or 0: what a layer that shares its input need not accumulate, keep or decompose. */
    double sharedSide() {
      return ownInput ? 0 : (double) inputs * inputs;
    }

    /** Bytes of the largest tensor that the library keeps of the layer, in float64. */
    double largestTensor(int factorBlocks) {
      double side = Math.max(inputs, outputs) / (double) factorBlocks;
      return 8 * Math.max(side * side, (double) inputs * outputs);
    }
  }

  static final ModelShape GPT2 =
      new ModelShape(
          "GPT-2 (124M)",
          124e6,
          12,
          "Radford et al. 2019; all linear layers of the blocks, with biases",
          List.of(
              new LayerShape("attention.qkv", 769, 2304, true),
              new LayerShape("attention.out", 769, 768, true),
              new LayerShape("mlp.up", 769, 3072, true),
              new LayerShape("mlp.down", 3073, 768, true)));

  static final ModelShape LLAMA_8B =
      new ModelShape(
          "Llama-8B",
          8.03e9,
          32,
          "Llama 3 8B, Dubey et al. 2024; all linear layers of the blocks, no biases",
          List.of(
              new LayerShape("attention.q", 4096, 4096, true),
              new LayerShape("attention.k", 4096, 1024, false),
              new LayerShape("attention.v", 4096, 1024, false),
              new LayerShape("attention.out", 4096, 4096, true),
              new LayerShape("mlp.gate", 4096, 14336, true),
              new LayerShape("mlp.up", 4096, 14336, false),
              new LayerShape("mlp.down", 14336, 4096, true)));

  static final ModelShape LARGE_52B =
      new ModelShape(
          "52B",
          52e9,
          64,
          "64 blocks of width 8192, Askell et al. 2021; the MLP layers, as in Grosse et al. 2023",
          List.of(
              new LayerShape("mlp.up", 8192, 32768, true),
              new LayerShape("mlp.down", 32768, 8192, true)));

  /** One layer alone, to compare a prediction with a measurement. */
  static ModelShape single(int inputs, int outputs) {
    LayerShape layer = new LayerShape("layer", inputs, outputs, true);
    return new ModelShape(outputs + " x " + inputs, 0, 1, "", List.of(layer));
  }
}
