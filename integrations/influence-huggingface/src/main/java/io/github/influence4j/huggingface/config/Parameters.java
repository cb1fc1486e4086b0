/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

import io.github.influence4j.huggingface.config.Attention.Projections;
import io.github.influence4j.huggingface.config.Attention.QueryKeyNorm;
import java.util.LinkedHashMap;
import java.util.Map;

/** Names and stored shapes of a decoder's parameters. */
public final class Parameters {
  private final Architecture architecture;
  private final TensorNames names;
  private final Map<String, long[]> shapes = new LinkedHashMap<>();

  private Parameters(Architecture architecture, TensorNames names) {
    this.architecture = architecture;
    this.names = names;
  }

  /**
   * Lists them.
   *
   * @param architecture what the decoder is made of
   * @param names of its tensors
   * @return shapes by name in the order of the model, without the head's where it is tied
   */
  public static Map<String, long[]> of(Architecture architecture, TensorNames names) {
    Parameters out = new Parameters(architecture, names);
    out.ends();
    for (int block = 0; block < architecture.sizes().layers(); block++) {
      out.attention(block);
      out.feedForward(block);
    }
    return out.shapes;
  }

  private void ends() {
    Sizes sizes = architecture.sizes();
    weight(names.module(Part.TOKENS), sizes.vocabulary(), sizes.width());
    if (architecture.positions() instanceof Positions.Learned learned) {
      weight(names.module(Part.PLACES), learned.count(), sizes.width());
    }
    norm(names.module(Part.LAST_NORM), sizes.width());
    if (!architecture.ends().tied()) {
      weight(names.module(Part.HEAD), sizes.vocabulary(), sizes.width());
    }
  }

  private void attention(int block) {
    Sizes sizes = architecture.sizes();
    Attention attention = architecture.attention();
    boolean biases = attention.inputBiases();
    if (attention.projections() == Projections.SEPARATE) {
      matrix(Part.QUERY, block, sizes.queryWidth(), sizes.width(), biases);
      matrix(Part.KEY, block, sizes.keyWidth(), sizes.width(), biases);
      matrix(Part.VALUE, block, sizes.keyWidth(), sizes.width(), biases);
    } else {
      int all = sizes.queryWidth() + 2 * sizes.keyWidth();
      matrix(Part.QUERY_KEY_VALUE, block, all, sizes.width(), biases);
    }
    if (attention.norm() != QueryKeyNorm.NONE) {
      boolean whole = attention.norm() == QueryKeyNorm.WHOLE;
      int query = whole ? sizes.queryWidth() : sizes.headWidth();
      weight(names.module(Part.QUERY_NORM, block), query);
      int key = whole ? sizes.keyWidth() : sizes.headWidth();
      weight(names.module(Part.KEY_NORM, block), key);
    }
    matrix(Part.ATTENTION_OUT, block, sizes.width(), sizes.queryWidth(), attention.outputBias());
    norms(block, Part.BEFORE_ATTENTION, Part.AFTER_ATTENTION);
  }

  private void feedForward(int block) {
    Sizes sizes = architecture.sizes();
    FeedForward parts = architecture.feedForward();
    switch (parts.gate()) {
      case FUSED -> matrix(Part.GATE_UP, block, 2 * sizes.hidden(), sizes.width(), parts.bias());
      case SEPARATE -> {
        matrix(Part.GATE, block, sizes.hidden(), sizes.width(), parts.bias());
        matrix(Part.UP, block, sizes.hidden(), sizes.width(), parts.bias());
      }
      case NONE -> matrix(Part.UP, block, sizes.hidden(), sizes.width(), parts.bias());
    }
    matrix(Part.DOWN, block, sizes.width(), sizes.hidden(), parts.bias());
    norms(block, Part.BEFORE_FEED_FORWARD, Part.AFTER_FEED_FORWARD);
  }

  private void norms(int block, Part before, Part after) {
    int width = architecture.sizes().width();
    if (architecture.wiring() != Wiring.AFTER) {
      norm(names.module(before, block), width);
    }
    if (architecture.wiring() == Wiring.AFTER || architecture.wiring() == Wiring.SANDWICHED) {
      norm(names.module(after, block), width);
    }
  }

  private void norm(String module, int width) {
    weight(module, width);
    if (architecture.norm().kind() == Norm.Kind.LAYER) {
      shapes.put(module + ".bias", new long[] {width});
    }
  }

  private void matrix(Part part, int block, int outputs, int inputs, boolean bias) {
    String module = names.module(part, block);
    if (names.inputsFirst()) {
      weight(module, inputs, outputs);
    } else {
      weight(module, outputs, inputs);
    }
    if (bias) {
      shapes.put(module + ".bias", new long[] {outputs});
    }
  }

  private void weight(String module, long... shape) {
    shapes.put(module + ".weight", shape);
  }
}
