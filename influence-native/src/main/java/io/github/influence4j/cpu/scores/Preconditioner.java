/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Kernels;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.cpu.memory.NativeException;
import io.github.influence4j.cpu.rows.Products;
import io.github.influence4j.cpu.rows.Rotator;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;

/** {@code V = Q_S (W ∘ G̃) Q_Aᵀ} for some queries at a time. */
public final class Preconditioner {
  private final Engine engine;
  private final Rotator rotator;
  private final SmallPreconditioner small;

  public Preconditioner(Engine engine) {
    this.engine = engine;
    this.rotator = new Rotator(engine);
    this.small = new SmallPreconditioner(engine);
  }

  public QueryFactors.Dense dense(BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    CpuTensor from = CpuTensor.of(rotated, engine, engine.type());
    long scale = CpuTensor.of(weights, engine, engine.type()).address();
    CpuTensor to = CpuTensor.unset(engine, from.shape());
    try {
      precondition(from, scale, to, rotation);
    } catch (RuntimeException | Error e) {
      to.close();
      throw e;
    }
    return new QueryFactors.Dense(to);
  }

  private void precondition(CpuTensor from, long scale, CpuTensor to, Rotation rotation) {
    int queries = (int) from.size(0);
    int outputs = (int) from.size(1);
    int inputs = (int) from.size(2);
    if (small.takes(outputs, inputs)) {
      small.run(from.address(), scale, to.address(), queries, rotation);
      return;
    }
    long bytes = (long) outputs * inputs * engine.elementBytes();
    int group =
        (int) Math.max(1, Math.min(queries, engine.budget().batch() / (2 * Math.max(1, bytes))));
    for (int q = 0; q < queries; q += group) {
      engine.operations().checkInterrupted();
      Arena.Mark mark = engine.arena().mark();
      int count = Math.min(group, queries - q);
      group(from.address() + q * bytes, scale, to.address() + q * bytes, count, rotation);
      engine.arena().release(mark);
    }
  }

  private void group(long from, long scale, long to, int count, Rotation rotation) {
    int outputs = rotation.gradients().dimension();
    int inputs = rotation.activations().dimension();
    long elements = (long) outputs * inputs;
    long bytes = elements * engine.elementBytes();
    boolean left = !rotation.gradients().isIdentity();
    boolean right = !rotation.activations().isIdentity();
    long scaled = left || right ? engine.arena().take(bytes * count) : to;
    long half = left && right ? engine.arena().take(bytes * count) : left ? to : scaled;
    engine.run(
        count,
        (index, workspace) ->
            NativeException.check(
                Kernels.hadamard(
                    engine.kernels(),
                    from + index * bytes,
                    scale,
                    scaled + index * bytes,
                    elements),
                "infl_hadamard"));
    Products products = new Products(engine);
    for (int q = 0; left && q < count; q++) {
      Matrix x = Matrix.dense(scaled + q * bytes, engine.type(), inputs);
      rotator.left(products, x, inputs, rotation.gradients(), false, half + q * bytes);
    }
    products.run();
    if (right) {
      Matrix stacked = Matrix.dense(half, engine.type(), inputs);
      rotator.right(products, stacked, count * outputs, rotation.activations(), to);
    }
    products.run();
  }
}
