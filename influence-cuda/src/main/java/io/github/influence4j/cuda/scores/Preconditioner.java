/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.scores;

import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.rows.Rotator;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;

/** {@code V_q = Q_S (weights ∘ g̃_q) Q_Aᵀ}. */
public final class Preconditioner {
  private final Engine engine;
  private final Rotator rotator;

  public Preconditioner(Engine engine, Rotator rotator) {
    this.engine = engine;
    this.rotator = rotator;
  }

  public QueryFactors.Dense dense(BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    DeviceTensor from = DeviceTensor.of(rotated, engine);
    DeviceTensor weight = DeviceTensor.of(weights, engine);
    DeviceTensor out =
        DeviceTensor.uninitialised(engine, engine.precision().type(), rotated.shape());
    try {
      int queries = (int) from.size(0);
      long size = weight.bytes();
      int step = (int) Math.max(1, Math.min(queries, engine.budget().batch() / (2 * size)));
      for (int first = 0; first < queries; first += step) {
        engine.beginStep();
        int part = Math.min(step, queries - first);
        long formed = engine.scratch(Scratch.Slot.FORMED, part * size);
        long spare = engine.scratch(Scratch.Slot.HALF_ROTATED, part * size);
        scale(weight, from.address() + first * size, formed, part);
        long result = rotator.outOf(rotation, formed, spare, part);
        engine.copy(out.address() + first * size, result, part * size);
      }
      return new QueryFactors.Dense(out);
    } catch (RuntimeException e) {
      out.discard(e);
      throw e;
    }
  }

  /** {@code to[q] = weights ∘ from[q]}. */
  void scale(DeviceTensor weights, long from, long to, int count) {
    CudaException.check(
        Kernels.scale(
            engine.kernelPrecision(),
            weights.address(),
            from,
            to,
            weights.elements(),
            count,
            engine.stream()),
        "infl_cuda_scale");
  }
}
