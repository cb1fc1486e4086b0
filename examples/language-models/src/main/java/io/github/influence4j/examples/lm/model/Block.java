/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import io.github.influence4j.pytorch.TappedLinear;
import io.github.influence4j.pytorch.Taps;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;

/** One block of a transformer: causal attention, then a two-layer network, both on the residual. */
final class Block extends Module {
  private final int width;
  private final int heads;
  private final LayerNormImpl beforeAttention;
  private final LayerNormImpl beforeMlp;
  private final TappedLinear qkv;
  private final TappedLinear projection;
  private final TappedLinear up;
  private final TappedLinear down;

  /** A block whose layers are tapped as name.attention.qkv and so on. */
  Block(ModelShape shape, Taps taps, String name) {
    width = shape.width();
    heads = shape.heads();
    beforeAttention = norm("before_attention");
    beforeMlp = norm("before_mlp");
    qkv = taps.linear(name + ".attention.qkv", linear("qkv", width, 3 * width));
    projection = taps.linear(name + ".attention.out", linear("projection", width, width));
    up = taps.linear(name + ".mlp.up", linear("up", width, 4 * width));
    down = taps.linear(name + ".mlp.down", linear("down", 4 * width, width));
  }

  private LayerNormImpl norm(String name) {
    return register_module(name, new LayerNormImpl(new LongVector(new long[] {width})));
  }

  private LinearImpl linear(String name, int inputs, int outputs) {
    return register_module(name, new LinearImpl(inputs, outputs));
  }

  /** [N, T, width] to the same. */
  Tensor forward(Tensor x) {
    Tensor y = x.add(projection.forward(attention(qkv.forward(beforeAttention.forward(x)))));
    return y.add(down.forward(gelu(up.forward(beforeMlp.forward(y)))));
  }

  /** Queries, keys and values [N, T, 3 width] to [N, T, width]. */
  private Tensor attention(Tensor all) {
    TensorVector parts = all.chunk(3, 2);
    Tensor mixed =
        scaled_dot_product_attention(
            heads(parts.get(0)),
            heads(parts.get(1)),
            heads(parts.get(2)),
            new TensorOptional(),
            0.0,
            true,
            new DoubleOptional(),
            false);
    return mixed.transpose(1, 2).reshape(all.size(0), all.size(1), width);
  }

  /** [N, T, width] to [N, heads, T, width / heads]. */
  private Tensor heads(Tensor x) {
    return x.reshape(x.size(0), x.size(1), heads, width / heads).transpose(1, 2);
  }
}
