/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.sigmoid;
import static org.bytedeco.pytorch.global.torch.silu;
import static org.bytedeco.pytorch.global.torch.split_with_sizes;

import io.github.influence4j.huggingface.config.Activation;
import io.github.influence4j.huggingface.config.Architecture;
import io.github.influence4j.huggingface.config.FeedForward;
import io.github.influence4j.huggingface.config.Part;
import io.github.influence4j.huggingface.config.TensorNames;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** The feed-forward part of one block. */
final class FeedForwardLayer {
  private static final Scalar QUICK = new Scalar(1.702);

  private final UnaryOperator<Tensor> inner;
  private final UnaryOperator<Tensor> down;

  FeedForwardLayer(Architecture architecture, TensorNames names, LinearLayers layers, int layer) {
    String input = "feed-forward " + layer;
    FeedForward parts = architecture.feedForward();
    UnaryOperator<Tensor> activation = x -> activated(parts.activation(), x);
    inner =
        switch (parts.gate()) {
          case NONE -> {
            UnaryOperator<Tensor> up = layers.layer(names.module(Part.UP, layer), input);
            yield x -> activation.apply(up.apply(x));
          }
          case SEPARATE -> {
            UnaryOperator<Tensor> gate = layers.layer(names.module(Part.GATE, layer), input);
            UnaryOperator<Tensor> up = layers.layer(names.module(Part.UP, layer), input);
            yield x -> activation.apply(gate.apply(x)).mul(up.apply(x));
          }
          case FUSED -> {
            UnaryOperator<Tensor> both = layers.layer(names.module(Part.GATE_UP, layer), input);
            long hidden = architecture.sizes().hidden();
            yield x -> {
              TensorVector y = split_with_sizes(both.apply(x), new long[] {hidden, hidden}, 2);
              return activation.apply(y.get(0)).mul(y.get(1));
            };
          }
        };
    String out = names.module(Part.DOWN, layer);
    down = layers.layer(out, out);
  }

  Tensor forward(Tensor x) {
    return down.apply(inner.apply(x));
  }

  private static Tensor activated(Activation activation, Tensor x) {
    return switch (activation) {
      case GELU -> gelu(x);
      case GELU_TANH -> gelu(x, "tanh");
      case QUICK_GELU -> x.mul(sigmoid(x.mul(QUICK)));
      case SILU -> silu(x);
      case RELU -> relu(x);
    };
  }
}
