/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.scores;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.decompositions.ThinSvd;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.Product;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.rows.Conversions;
import io.github.influence4j.cuda.rows.Rotator;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Truncation;

/**
 * {@code V_q ≈ left_q right_qᵀ}: truncated in the eigenbasis, in float64 whatever the precision,
 * then only the thin factors are rotated back.
 */
public final class LowRankPreconditioner {
  private final Engine engine;
  private final Conversions conversions;
  private final Preconditioner preconditioner;
  private final Rotator rotator;
  private final ThinSvd svd;

  public LowRankPreconditioner(
      Engine engine, Conversions conversions, Preconditioner preconditioner, Rotator rotator) {
    this.engine = engine;
    this.conversions = conversions;
    this.preconditioner = preconditioner;
    this.rotator = rotator;
    this.svd = new ThinSvd(engine, conversions);
  }

  /** Bytes that the operation takes beside its result. */
  public long bytes(int outputs, int inputs, Truncation truncation) {
    long scaled = (long) outputs * inputs * engine.elementBytes();
    return scaled + svd.bytes(outputs, inputs, truncation);
  }

  public QueryFactors.LowRank lowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    DeviceTensor from = DeviceTensor.of(rotated, engine);
    DeviceTensor weight = DeviceTensor.of(weights, engine);
    ElementType type = engine.precision().type();
    long queries = from.size(0);
    int rank = truncation.rank();
    DeviceTensor left = DeviceTensor.uninitialised(engine, type, queries, from.size(1), rank);
    try {
      DeviceTensor right = DeviceTensor.uninitialised(engine, type, queries, from.size(2), rank);
      try {
        double[] residuals = new double[(int) queries];
        for (int q = 0; q < residuals.length; q++) {
          residuals[q] = truncate(from, q, weight, rotation, truncation, left, right);
        }
        return new QueryFactors.LowRank(left, right, residuals);
      } catch (RuntimeException e) {
        right.discard(e);
        throw e;
      }
    } catch (RuntimeException e) {
      left.discard(e);
      throw e;
    }
  }

  private double truncate(
      DeviceTensor from,
      int q,
      DeviceTensor weight,
      Rotation rotation,
      Truncation truncation,
      DeviceTensor left,
      DeviceTensor right) {
    int rows = (int) from.size(1);
    int columns = (int) from.size(2);
    int rank = truncation.rank();
    int size = rows * columns;
    long scaled = engine.scratch(Scratch.Slot.FORMED, weight.bytes());
    preconditioner.scale(weight, from.address() + q * weight.bytes(), scaled, 1);
    long x = engine.scratch(Scratch.Slot.MATRIX, 8L * size);
    conversions.convert(scaled, engine.precision().type(), size, ElementType.F64, x);
    long thinLeft = engine.scratch(Scratch.Slot.LEFT, 8L * rows * rank);
    long thinRight = engine.scratch(Scratch.Slot.RIGHT, 8L * columns * rank);
    if (truncation.randomised()) {
      svd.randomised(x, rows, columns, rank, truncation.seed(), thinLeft, thinRight);
    } else {
      svd.full(x, rows, columns, rank, thinLeft, thinRight);
    }
    double norm = engine.blas().norm(x, size);
    Product product = Product.byTransposed(rows, columns, rank, rank, rank, columns);
    engine.blas().multiplyDoubles(product, -1, thinLeft, thinRight, 1, x);
    double residual = norm == 0 ? 0 : engine.blas().norm(x, size) / norm;
    rotateBack(rotation.gradients(), thinLeft, rank, left, q);
    rotateBack(rotation.activations(), thinRight, rank, right, q);
    return residual;
  }

  private void rotateBack(Basis basis, long thin, int rank, DeviceTensor out, int q) {
    int elements = basis.dimension() * rank;
    long bytes = (long) elements * engine.elementBytes();
    long to = out.address() + q * bytes;
    ElementType type = engine.precision().type();
    if (basis.isIdentity()) {
      conversions.convert(thin, ElementType.F64, elements, type, to);
      return;
    }
    long converted = engine.scratch(Scratch.Slot.FORMED, bytes);
    conversions.convert(thin, ElementType.F64, elements, type, converted);
    rotator.fromLeft(basis, converted, to, rank, 1, false);
  }
}
