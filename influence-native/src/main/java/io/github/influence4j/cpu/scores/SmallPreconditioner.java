/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.decompositions.ThinMatrix.LeftSide;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.KernelConstants;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.rows.Rotator;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.Rotation;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * {@code V = Q_S (W ∘ G̃) Q_Aᵀ} query by query, where the intermediate matrices of one stay in the
 * second-level cache: nothing is packed and nothing but V is written to memory.
 */
final class SmallPreconditioner {
  /** Largest query. */
  private static final long CACHED_BYTES = 256L << 10;

  private final Engine engine;
  private final Rotator rotator;

  SmallPreconditioner(Engine engine) {
    this.engine = engine;
    this.rotator = new Rotator(engine);
  }

  /** Whether queries are small enough. */
  boolean takes(int outputs, int inputs) {
    return (long) outputs * inputs * engine.elementBytes() <= CACHED_BYTES;
  }

  /** What a thread needs: addresses of W ∘ G̃ and of that times Q_Aᵀ. */
  private record Scratch(long scaled, long half) {}

  /**
   * Preconditions dense queries without gaps.
   *
   * @param from G̃, query after query
   * @param scale W
   * @param to where to write V
   * @param queries how many
   * @param rotation Q_A and Q_S
   */
  void run(long from, long scale, long to, int queries, Rotation rotation) {
    int outputs = rotation.gradients().dimension();
    int inputs = rotation.activations().dimension();
    long count = (long) outputs * inputs;
    long bytes = count * engine.elementBytes();
    Rotator.Block[] left = rotator.blocks(rotation.gradients());
    Rotator.Block[] right = transposed(rotation.activations());
    Queue<Scratch> idle = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < engine.threads(); i++) {
      idle.add(new Scratch(take(bytes), take(bytes)));
    }
    engine.run(
        queries,
        (q, workspace) -> {
          Scratch scratch = idle.remove();
          long out = to + q * bytes;
          long scaled = left.length + right.length == 0 ? out : scratch.scaled;
          long half = right.length == 0 ? scaled : left.length == 0 ? out : scratch.half;
          NativeException.check(
              Kernels.hadamard(engine.kernels(), from + q * bytes, scale, scaled, count),
              "infl_hadamard");
          for (Rotator.Block block : right) {
            right(block, scaled, outputs, inputs, half);
          }
          for (Rotator.Block block : left) {
            left(block, half, inputs, out);
          }
          idle.add(scratch);
        });
  }

  /** Some bytes, and as many more as the kernel reads beyond the last row. */
  private long take(long bytes) {
    return engine.arena().take(bytes + (long) KernelConstants.THIN_UNIT * engine.elementBytes());
  }

  /** The transposed blocks of a basis. */
  private Rotator.Block[] transposed(Basis basis) {
    Rotator.Block[] blocks = rotator.blocks(basis);
    for (int b = 0; b < blocks.length; b++) {
      int n = blocks[b].size();
      double[] vectors = basis.blocks().get(b).toDoubles();
      double[] turned = new double[vectors.length];
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          turned[j * n + i] = vectors[i * n + j];
        }
      }
      long source = engine.matrix(Matrix.dense(engine.arena().doubles(turned), ElementType.F64, n));
      long target = take((long) n * n * engine.elementBytes());
      NativeException.check(
          Kernels.convert(engine.kernels(), source, 0, n, n, target, n), "infl_convert");
      blocks[b] = new Rotator.Block(blocks[b].first(), n, Matrix.dense(target, engine.type(), n));
    }
    return blocks;
  }

  /** half = scaled Qᵀ, the block's columns. */
  private void right(Rotator.Block block, long scaled, int outputs, int inputs, long half) {
    long before = (long) block.first() * engine.elementBytes();
    LeftSide rows = new LeftSide(scaled + before, inputs, 1, outputs, block.size());
    multiply(rows, block.vectors().data(), block.size(), block.size(), half + before, inputs);
  }

  /** out = Q half, the block's rows. */
  private void left(Rotator.Block block, long half, int inputs, long out) {
    long before = (long) block.first() * inputs * engine.elementBytes();
    LeftSide vectors = LeftSide.dense(block.vectors().data(), block.size(), block.size());
    multiply(vectors, half + before, inputs, inputs, out + before, inputs);
  }

  private void multiply(LeftSide d, long x, long ldx, int width, long out, long ldo) {
    NativeException.check(
        Kernels.thinMultiply(
            engine.kernels(),
            d.data(),
            d.rowStep(),
            d.columnStep(),
            0,
            d.rows(),
            d.columns(),
            x,
            ldx,
            width,
            out,
            ldo),
        "infl_thin_multiply");
  }
}
