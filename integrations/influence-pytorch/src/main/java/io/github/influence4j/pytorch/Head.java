/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.empty;
import static org.bytedeco.pytorch.global.torch.empty_like;
import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.mm;
import static org.bytedeco.pytorch.global.torch.mm_out;

import java.util.function.BiConsumer;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** From hidden rows to logits and back, for some rows at a time. */
sealed interface Head {
  /**
   * How many classes there are.
   *
   * @param row [1, width]
   */
  long classes(Tensor row);

  /** Rows [rows, width] to logits [rows, classes], with their graph. */
  Tensor logits(Tensor rows);

  /** What {@link #gradient} needs for so many rows, to be used again and again. */
  Tensor memory(long rows);

  /**
   * The gradient at rows.
   *
   * @param rows [rows, width], detached
   * @param memory of as many rows or more
   * @param atLogits is given the logits [rows, classes], and where to write the gradient at them,
   *     which may be where the logits are
   * @return [rows, width]
   */
  Tensor gradient(Tensor rows, Tensor memory, BiConsumer<Tensor, Tensor> atLogits);

  /**
   * Any function, row by row.
   *
   * @param function from [rows, width] to [rows, classes]
   */
  record OfFunction(UnaryOperator<Tensor> function) implements Head {
    @Override
    public long classes(Tensor row) {
      return function.apply(row).size(1);
    }

    @Override
    public Tensor logits(Tensor rows) {
      return function.apply(rows);
    }

    @Override
    public Tensor memory(long rows) {
      return empty(0);
    }

    @Override
    public Tensor gradient(Tensor rows, Tensor memory, BiConsumer<Tensor, Tensor> atLogits) {
      Tensor leaf = rows.requires_grad_(true);
      Tensor logits = function.apply(leaf);
      Tensor known = logits.detach();
      Tensor gradient = empty_like(known);
      atLogits.accept(known, gradient);
      return grad(
              new TensorVector(logits),
              new TensorVector(leaf),
              new TensorVector(gradient),
              new BoolOptional(false),
              false,
              false)
          .get(0);
    }
  }

  /**
   * One matrix, whose logits need no graph and lie in the same memory each time.
   *
   * @param matrix [classes, width]
   */
  record OfMatrix(Tensor matrix) implements Head {
    @Override
    public long classes(Tensor row) {
      return matrix.size(0);
    }

    @Override
    public Tensor logits(Tensor rows) {
      return mm(rows, matrix.t());
    }

    @Override
    public Tensor memory(long rows) {
      return empty(new long[] {rows, matrix.size(0)}, matrix.options(), new MemoryFormatOptional());
    }

    @Override
    public Tensor gradient(Tensor rows, Tensor memory, BiConsumer<Tensor, Tensor> atLogits) {
      Tensor logits = memory.narrow(0, 0, rows.size(0));
      mm_out(logits, rows, matrix.t());
      atLogits.accept(logits, logits);
      return mm(logits, matrix);
    }
  }
}
