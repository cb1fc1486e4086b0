/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import io.github.influence4j.huggingface.config.Architecture;
import io.github.influence4j.huggingface.config.Part;
import io.github.influence4j.huggingface.config.TensorNames;
import io.github.influence4j.huggingface.config.Wiring;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** An attention and a feed-forward part, with what is added to what. */
final class Block {
  private final boolean parallel;
  private final AttentionLayer attention;
  private final FeedForwardLayer feedForward;
  private final UnaryOperator<Tensor> beforeAttention;
  private final UnaryOperator<Tensor> afterAttention;
  private final UnaryOperator<Tensor> beforeFeedForward;
  private final UnaryOperator<Tensor> afterFeedForward;

  Block(Architecture architecture, TensorNames names, LinearLayers layers, int layer) {
    Wiring wiring = architecture.wiring();
    parallel = wiring == Wiring.PARALLEL;
    boolean before = wiring != Wiring.AFTER;
    boolean after = wiring == Wiring.AFTER || wiring == Wiring.SANDWICHED;
    Norms norms = part -> Normalisation.of(architecture.norm(), layers, names.module(part, layer));
    beforeAttention = before ? norms.of(Part.BEFORE_ATTENTION) : x -> x;
    attention = new AttentionLayer(architecture, names, layers, layer);
    afterAttention = after ? norms.of(Part.AFTER_ATTENTION) : x -> x;
    beforeFeedForward = before ? norms.of(Part.BEFORE_FEED_FORWARD) : x -> x;
    feedForward = new FeedForwardLayer(architecture, names, layers, layer);
    afterFeedForward = after ? norms.of(Part.AFTER_FEED_FORWARD) : x -> x;
  }

  /** Makes the norms of a block. */
  @FunctionalInterface
  private interface Norms {
    UnaryOperator<Tensor> of(Part part);
  }

  Tensor forward(Tensor x, @Nullable Rotation rotation, Sight sight) {
    Tensor attended =
        afterAttention.apply(attention.forward(beforeAttention.apply(x), rotation, sight));
    Tensor between = x.add(attended);
    Tensor input = parallel ? x : between;
    return between.add(afterFeedForward.apply(feedForward.forward(beforeFeedForward.apply(input))));
  }
}
