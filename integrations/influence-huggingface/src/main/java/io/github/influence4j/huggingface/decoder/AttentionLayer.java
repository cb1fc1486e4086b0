/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import static org.bytedeco.pytorch.global.torch.matmul;
import static org.bytedeco.pytorch.global.torch.scaled_dot_product_attention;
import static org.bytedeco.pytorch.global.torch.split_with_sizes;

import io.github.influence4j.huggingface.config.Architecture;
import io.github.influence4j.huggingface.config.Attention;
import io.github.influence4j.huggingface.config.Attention.Projections;
import io.github.influence4j.huggingface.config.Attention.QueryKeyNorm;
import io.github.influence4j.huggingface.config.Part;
import io.github.influence4j.huggingface.config.Sizes;
import io.github.influence4j.huggingface.config.TensorNames;
import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/** The attention of one block. */
final class AttentionLayer {
  private final Architecture architecture;
  private final int layer;
  private final List<UnaryOperator<Tensor>> inputs;
  private final UnaryOperator<Tensor> output;
  private final UnaryOperator<Tensor> queryNorm;
  private final UnaryOperator<Tensor> keyNorm;

  /** What a head asks, what it looks for and what it finds, [sequences, heads, rows, width]. */
  private record Heads(Tensor query, Tensor key, Tensor value) {}

  AttentionLayer(Architecture architecture, TensorNames names, LinearLayers layers, int layer) {
    this.architecture = architecture;
    this.layer = layer;
    boolean separate = architecture.attention().projections() == Projections.SEPARATE;
    String input = "attention " + layer;
    inputs =
        separate
            ? List.of(
                layers.layer(names.module(Part.QUERY, layer), input),
                layers.layer(names.module(Part.KEY, layer), input),
                layers.layer(names.module(Part.VALUE, layer), input))
            : List.of(layers.layer(names.module(Part.QUERY_KEY_VALUE, layer), input));
    String out = names.module(Part.ATTENTION_OUT, layer);
    output = layers.layer(out, out);
    boolean normed = architecture.attention().norm() != QueryKeyNorm.NONE;
    queryNorm =
        normed
            ? Normalisation.of(architecture.norm(), layers, names.module(Part.QUERY_NORM, layer))
            : x -> x;
    keyNorm =
        normed
            ? Normalisation.of(architecture.norm(), layers, names.module(Part.KEY_NORM, layer))
            : x -> x;
  }

  Tensor forward(Tensor x, @Nullable Rotation rotation, Sight sight) {
    Heads heads = heads(x);
    Tensor query = rotation == null ? heads.query() : rotation.turn(heads.query());
    Tensor key = rotation == null ? heads.key() : rotation.turn(heads.key());
    Tensor mixed = mixed(new Heads(query, forEachQuery(key), forEachQuery(heads.value())), sight);
    Sizes sizes = architecture.sizes();
    return output.apply(mixed.transpose(1, 2).reshape(x.size(0), x.size(1), sizes.queryWidth()));
  }

  private Heads heads(Tensor x) {
    Sizes sizes = architecture.sizes();
    int query = sizes.queryWidth();
    int key = sizes.keyWidth();
    return switch (architecture.attention().projections()) {
      case SEPARATE ->
          heads(inputs.get(0).apply(x), inputs.get(1).apply(x), inputs.get(2).apply(x));
      case STACKED -> {
        Tensor all = inputs.get(0).apply(x);
        // One split, whose gradient is one copy; of three slices it would be three sums.
        TensorVector parts = split_with_sizes(all, new long[] {query, key, key}, 2);
        yield heads(parts.get(0), parts.get(1), parts.get(2));
      }
      case HEAD_BY_HEAD -> {
        int width = sizes.headWidth();
        Tensor all = inputs.get(0).apply(x).view(x.size(0), x.size(1), sizes.heads(), 3L * width);
        TensorVector parts = split_with_sizes(all, new long[] {width, width, width}, 3);
        yield new Heads(
            parts.get(0).transpose(1, 2),
            parts.get(1).transpose(1, 2),
            parts.get(2).transpose(1, 2));
      }
    };
  }

  private Heads heads(Tensor query, Tensor key, Tensor value) {
    Sizes sizes = architecture.sizes();
    boolean whole = architecture.attention().norm() == QueryKeyNorm.WHOLE;
    Tensor q = split(whole ? queryNorm.apply(query) : query, sizes.heads());
    Tensor k = split(whole ? keyNorm.apply(key) : key, sizes.keyValueHeads());
    return new Heads(
        (whole ? q : queryNorm.apply(q)).transpose(1, 2),
        (whole ? k : keyNorm.apply(k)).transpose(1, 2),
        split(value, sizes.keyValueHeads()).transpose(1, 2));
  }

  private Tensor split(Tensor x, int heads) {
    return x.reshape(x.size(0), x.size(1), heads, architecture.sizes().headWidth());
  }

  /** Keys and values of a group once for each of its queries. */
  private Tensor forEachQuery(Tensor x) {
    Sizes sizes = architecture.sizes();
    int times = sizes.heads() / sizes.keyValueHeads();
    if (times == 1) {
      return x;
    }
    long rows = x.size(2);
    return x.unsqueeze(2)
        .expand(x.size(0), sizes.keyValueHeads(), times, rows, sizes.headWidth())
        .reshape(x.size(0), sizes.heads(), rows, sizes.headWidth());
  }

  private Tensor mixed(Heads heads, Sight sight) {
    Attention attention = architecture.attention();
    double scale = attention.scales()[layer];
    if (attention.softCap() == 0) {
      Tensor mask = sight.mask(architecture, layer);
      return scaled_dot_product_attention(
          heads.query(),
          heads.key(),
          heads.value(),
          mask == null ? new TensorOptional() : new TensorOptional(mask),
          0.0,
          mask == null,
          new DoubleOptional(scale),
          false);
    }
    Tensor scores = matmul(heads.query(), heads.key().transpose(2, 3)).mul(new Scalar(scale));
    Tensor bent = SoftCap.apply(scores, attention.softCap());
    Tensor shares = bent.add(sight.wholeMask(architecture, layer)).softmax(-1);
    return matmul(shares, heads.value());
  }
}
