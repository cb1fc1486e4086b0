/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.ScalarType;
import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.gelu;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;

import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.LinearOptions;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;

/** A language model of one causal transformer block, as a user would write it. */
final class TinyTransformer extends Module {
  static final int VOCABULARY = 11;
  static final int CONTEXT = 8;
  private static final int WIDTH = 8;
  private static final int HEADS = 2;

  private final EmbeddingImpl tokens =
      register_module("tokens", new EmbeddingImpl(VOCABULARY, WIDTH));
  private final EmbeddingImpl positions =
      register_module("positions", new EmbeddingImpl(CONTEXT, WIDTH));
  private final LayerNormImpl before = norm("before");
  private final LayerNormImpl between = norm("between");
  final TappedLinear q;
  final TappedLinear k;
  final TappedLinear v;
  final TappedLinear projection;
  final TappedLinear up;
  final TappedLinear down;
  final TappedLinear head;

  TinyTransformer(Taps taps) {
    q = tap(taps, "q", WIDTH, WIDTH, true);
    k = tap(taps, "k", WIDTH, WIDTH, true);
    v = tap(taps, "v", WIDTH, WIDTH, true);
    taps.shareInput("k", "q").shareInput("v", "q");
    projection = tap(taps, "projection", WIDTH, WIDTH, true);
    up = tap(taps, "up", WIDTH, 2 * WIDTH, true);
    down = tap(taps, "down", 2 * WIDTH, WIDTH, true);
    head = tap(taps, "head", WIDTH, VOCABULARY, false);
    eval();
  }

  private LayerNormImpl norm(String name) {
    return register_module(name, new LayerNormImpl(new LongVector(new long[] {WIDTH})));
  }

  private TappedLinear tap(Taps taps, String name, int in, int out, boolean bias) {
    LinearOptions options = new LinearOptions(in, out);
    options.bias().put(bias);
    return taps.linear(name, register_module(name, new LinearImpl(options)));
  }

  /** Ids [N, T] to logits [N, T, vocabulary]. */
  Tensor forward(Tensor ids) {
    Tensor place = arange(new Scalar(ids.size(1)), new TensorOptions(ScalarType.Long));
    Tensor x = tokens.forward(ids).add(positions.forward(place));
    Tensor h = before.forward(x);
    Tensor mixed =
        scaled_dot_product_attention(
            heads(q.forward(h)),
            heads(k.forward(h)),
            heads(v.forward(h)),
            new TensorOptional(),
            0.0,
            true,
            new DoubleOptional(),
            false);
    Tensor y = x.add(projection.forward(mixed.transpose(1, 2).reshape(x.size(0), -1, WIDTH)));
    // Rows only, as many models do before their feed-forward part.
    Tensor rows = between.forward(y).reshape(-1, WIDTH);
    Tensor forward = down.forward(gelu(up.forward(rows))).view_as(y);
    return head.forward(y.add(forward));
  }

  private static Tensor heads(Tensor x) {
    return x.view(x.size(0), x.size(1), HEADS, WIDTH / HEADS).transpose(1, 2);
  }
}
