/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import static org.bytedeco.pytorch.global.torch.embedding;
import static org.bytedeco.pytorch.global.torch.linear;

import io.github.influence4j.huggingface.config.Architecture;
import io.github.influence4j.huggingface.config.Part;
import io.github.influence4j.huggingface.config.Positions;
import io.github.influence4j.huggingface.config.TensorNames;
import io.github.influence4j.pytorch.ModelOutput;
import io.github.influence4j.pytorch.Taps;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** A language model: token ids to logits. */
public final class Decoder {
  private final Architecture architecture;
  private final Tensor tokens;
  private final @Nullable Tensor places;
  private final List<Block> blocks = new ArrayList<>();
  private final UnaryOperator<Tensor> lastNorm;
  private final Tensor head;
  private final Taps taps;
  private final boolean recomputed;

  /**
   * Builds it.
   *
   * @param architecture the parts
   * @param names of their tensors
   * @param layers makes linear layers, and holds the tensors
   * @param recomputed whether captures keep nothing of a block but its ends
   */
  public Decoder(
      Architecture architecture, TensorNames names, LinearLayers layers, boolean recomputed) {
    this.architecture = architecture;
    this.taps = layers.taps();
    this.recomputed = recomputed;
    tokens = layers.parameter(names.module(Part.TOKENS) + ".weight");
    places =
        architecture.positions() instanceof Positions.Learned
            ? layers.parameter(names.module(Part.PLACES) + ".weight")
            : null;
    for (int layer = 0; layer < architecture.sizes().layers(); layer++) {
      blocks.add(new Block(architecture, names, layers, layer));
    }
    lastNorm = Normalisation.of(architecture.norm(), layers, names.module(Part.LAST_NORM));
    head =
        architecture.ends().tied() ? tokens : layers.parameter(names.module(Part.HEAD) + ".weight");
  }

  /**
   * Runs the model.
   *
   * @param ids [sequences][rows] of tokens
   * @param mask of the same shape, 0 for padding; null for none
   * @param positions places of rows, of the same shape; null for 0, 1, … with padding counted
   * @return logits [sequences, rows, vocabulary]; those at padding mean nothing
   */
  public Tensor logits(long[][] ids, long @Nullable [][] mask, long @Nullable [][] positions) {
    return head(hidden(ids, mask, positions));
  }

  /**
   * Runs the model without its head.
   *
   * @param ids [sequences][rows] of tokens
   * @param mask of the same shape, 0 for padding; null for none
   * @param positions places of rows, of the same shape; null for 0, 1, … with padding counted
   * @return what the head is fed, [sequences, rows, width]
   */
  public Tensor hidden(long[][] ids, long @Nullable [][] mask, long @Nullable [][] positions) {
    int rows = ids[0].length;
    long[][] where = positions == null ? new long[][] {upTo(rows)} : positions;
    ScalarType type = tokens.scalar_type().intern();
    Tensor x = embedding(tokens, tensor(ids));
    if (architecture.ends().embeddingScale() != 1) {
      x = x.mul(new Scalar(architecture.ends().embeddingScale()));
    }
    Rotation rotation =
        architecture.positions() instanceof Positions.Rotary rotary
            ? Rotation.of(rotary, where, type)
            : null;
    if (places != null) {
      x = x.add(embedding(places, tensor(where)));
    }
    Sight sight = new Sight(mask, rows, type);
    for (Block block : blocks) {
      UnaryOperator<Tensor> run = in -> freed(() -> block.forward(in, rotation, sight));
      x = recomputed ? taps.recomputed(x, run) : run.apply(x);
    }
    return lastNorm.apply(x);
  }

  /** Frees what Java holds of what was made on the way; PyTorch keeps what gradients need. */
  @SuppressWarnings("try") // the scope is a guard
  private static Tensor freed(Supplier<Tensor> run) {
    PointerScope outer = PointerScope.getInnerScope();
    if (outer == null) {
      return run.get();
    }
    try (PointerScope inner = new PointerScope()) {
      Tensor result = run.get();
      outer.attach(result);
      return result;
    }
  }

  /**
   * Runs the head.
   *
   * @param hidden [..., width]
   * @return logits [..., vocabulary]
   */
  public Tensor head(Tensor hidden) {
    Tensor logits = linear(hidden, head);
    return SoftCap.apply(
        hidden.scalar_type().intern() == ScalarType.BFloat16 ? logits.to(ScalarType.Float) : logits,
        architecture.ends().softCap());
  }

  /**
   * Runs the head for as many rows at a time as fit.
   *
   * @param hidden [sequences, rows, width]
   * @param labels [sequences, rows], -100 for none
   * @return with the cross-entropy of the logits
   */
  public ModelOutput output(Tensor hidden, Tensor labels) {
    boolean plain =
        architecture.ends().softCap() == 0 && hidden.scalar_type().intern() != ScalarType.BFloat16;
    return plain
        ? ModelOutput.classification(hidden, head, labels)
        : ModelOutput.classification(hidden, this::head, labels);
  }

  private static long[] upTo(int rows) {
    long[] out = new long[rows];
    Arrays.setAll(out, i -> i);
    return out;
  }

  private static Tensor tensor(long[][] values) {
    long[] flat = Arrays.stream(values).flatMapToLong(Arrays::stream).toArray();
    return AbstractTensor.create(flat, values.length, values[0].length);
  }
}
