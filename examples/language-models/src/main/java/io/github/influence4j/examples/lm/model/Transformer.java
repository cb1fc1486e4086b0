/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.ScalarType;
import static org.bytedeco.pytorch.global.torch.arange;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.normal_;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.pytorch.Taps;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.EmbeddingImpl;
import org.bytedeco.pytorch.LayerNormImpl;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;

/**
 * A language model in the manner of GPT-2 (Radford et al. 2019): learnt positions, norms before
 * attention and network, the embedding of the tokens also as the last layer. The linear layers of
 * the blocks are tapped; embeddings and norms are not tracked, as in Grosse et al. 2023.
 *
 * <p>Make it outside of any {@code PointerScope} that is shorter than its life.
 */
public final class Transformer extends Module {
  /** Standard deviation of the first embeddings, as in GPT-2. */
  private static final double EMBEDDING = 0.02;

  private final ModelShape shape;
  private final Taps taps = new Taps().examplesFirst();
  private final EmbeddingImpl tokens;
  private final EmbeddingImpl positions;
  private final List<Block> blocks = new ArrayList<>();
  private final LayerNormImpl last;

  /**
   * A model that knows nothing yet.
   *
   * @param shape its sizes
   * @param seed of its weights
   */
  public Transformer(ModelShape shape, long seed) {
    this.shape = shape;
    manual_seed(seed);
    tokens = embedding("tokens", shape.vocabulary());
    positions = embedding("positions", shape.context());
    for (int b = 0; b < shape.layers(); b++) {
      String name = "block" + b;
      blocks.add(register_module(name, new Block(shape, taps, name)));
    }
    last = register_module("last", new LayerNormImpl(new LongVector(new long[] {shape.width()})));
    eval();
  }

  private EmbeddingImpl embedding(String name, int rows) {
    EmbeddingImpl embedding = register_module(name, new EmbeddingImpl(rows, shape.width()));
    normal_(embedding.weight(), 0, EMBEDDING);
    return embedding;
  }

  /**
   * Predicts.
   *
   * @param ids Long [N, T], T at most the context
   * @return logits [N, T, vocabulary]
   */
  public Tensor forward(Tensor ids) {
    if (ids.size(1) > shape.context()) {
      throw new IllegalArgumentException(
          "A sequence of " + ids.size(1) + " tokens exceeds the context of " + shape.context());
    }
    Tensor places = arange(new Scalar(ids.size(1)), new TensorOptions(ScalarType.Long));
    Tensor x = tokens.forward(ids).add(positions.forward(places));
    for (Block block : blocks) {
      x = block.forward(x);
    }
    return last.forward(x).matmul(tokens.weight().t());
  }

  /**
   * Its sizes.
   *
   * @return as given
   */
  public ModelShape shape() {
    return shape;
  }

  /**
   * The linear layers of the blocks.
   *
   * @return block by block: attention.qkv, attention.out, mlp.up, mlp.down
   */
  public List<LayerSpec> layers() {
    return taps.layers();
  }

  /**
   * Number of trained numbers.
   *
   * @return of all parameters
   */
  public long parameterCount() {
    TensorVector all = parameters();
    long count = 0;
    for (long i = 0; i < all.size(); i++) {
      count += all.get(i).numel();
    }
    return count;
  }

  Taps taps() {
    return taps;
  }
}
