/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Truncation;

/**
 * {@code Q_S (W ∘ G̃) Q_Aᵀ ≈ L Rᵀ}: the scaled gradient is truncated in the eigenbasis, and only
 * its thin factors are rotated. One task a query, so queries do not influence each other.
 *
 * <p>Randomised (Halko, Martinsson, Tropp 2011, algorithm 4.4 with two power iterations and a QR
 * after each product) or by a full singular value decomposition. Products run in the backend's
 * precision, QR and singular values in float64.
 */
final class LowRankPreconditioner {
  private static final int OVERSAMPLING = 10;
  private static final int POWER_ITERATIONS = 2;

  private final Engine engine;
  private final Rotator rotator;

  LowRankPreconditioner(Engine engine) {
    this.engine = engine;
    this.rotator = new Rotator(engine);
  }

  QueryFactors.LowRank truncate(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    CpuTensor from = CpuTensor.of(rotated, engine, engine.type());
    long scale = CpuTensor.of(weights, engine, engine.type()).address();
    int queries = (int) from.size(0);
    int outputs = (int) from.size(1);
    int inputs = (int) from.size(2);
    int rank = truncation.rank();
    int width = Math.min(rank + OVERSAMPLING, Math.min(outputs, inputs));
    Matrix test = truncation.randomised() ? testMatrix(truncation.seed(), width, inputs) : null;
    Rotator.Block[] outputBlocks = rotator.blocks(rotation.gradients());
    Rotator.Block[] inputBlocks = rotator.blocks(rotation.activations());
    CpuTensor left = new CpuTensor(engine, engine.type(), queries, outputs, rank);
    CpuTensor right = new CpuTensor(engine, engine.type(), queries, inputs, rank);
    double[] residuals = new double[queries];
    int bytes = engine.elementBytes();
    try {
      engine.run(
          queries,
          (q, workspace) -> {
            try (LowRankQuery query = new LowRankQuery(engine, outputs, inputs, rank, workspace)) {
              query.scale(from.address() + (long) q * outputs * inputs * bytes, scale);
              if (test == null) {
                query.decompose();
              } else {
                query.sample(test, width, POWER_ITERATIONS);
              }
              residuals[q] = query.residual();
              query.writeLeft(outputBlocks, left.address() + (long) q * outputs * rank * bytes);
              query.writeRight(inputBlocks, right.address() + (long) q * inputs * rank * bytes);
            }
          });
    } catch (RuntimeException | Error e) {
      left.close();
      right.close();
      throw e;
    }
    return new QueryFactors.LowRank(left, right, residuals);
  }

  /** Gaussian, [width, inputs], in the arena. */
  private Matrix testMatrix(long seed, int width, int inputs) {
    double[] values = NormalMatrix.of(seed, Math.multiplyExact(width, inputs));
    return Matrix.dense(engine.arena().doubles(values), ElementType.F64, inputs);
  }
}
