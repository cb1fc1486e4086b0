/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.toy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.support.BackendOperations;
import io.github.influence4j.spi.support.OwnedCovariance;
import io.github.influence4j.spi.support.OwnedTensor;
import io.github.influence4j.spi.support.SerialBackend;
import io.github.influence4j.testing.Matrix;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * A third backend: what has to be written, in the shortest form; float64 inside whatever is asked
 * for.
 */
final class ToyBackend extends SerialBackend {
  ToyBackend(Precision precision) {
    super(
        new BackendDescription("toy", "Java", "no library", precision, 1),
        new BackendOperations("Toy backend"));
  }

  ToyTensor own(BackendTensor tensor) {
    return OwnedTensor.of(tensor, ToyTensor.class, this);
  }

  private ToyTensor tensor(double[] values, long... shape) {
    return new ToyTensor(this, operations(), values, shape);
  }

  @Override
  protected ToyTensor allocate(ElementType type, long... shape) {
    return tensor(new double[(int) (OwnedTensor.bytes(ElementType.F64, shape) / 8)], shape);
  }

  @Override
  public BackendTensor upload(TensorView host) {
    return locked(() -> tensor(host.toDoubles(), host.shape()));
  }

  @Override
  public CovarianceAccumulator covariance(int... blockOffsets) {
    return locked(() -> new ToyCovariance(this, operations(), blockOffsets));
  }

  @Override
  public void accumulateCovariances(List<CovarianceUpdate> updates) {
    run(
        () ->
            updates.forEach(
                update ->
                    OwnedCovariance.of(update.target(), ToyCovariance.class, this)
                        .add(update.rows())));
  }

  @Override
  public List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    return locked(() -> matrices.stream().map(this::eigen).toList());
  }

  private SymmetricEigen eigen(double[] matrix) {
    Decompositions.Eigen eigen = Decompositions.eigen(matrix);
    int n = eigen.values().length;
    return new SymmetricEigen(eigen.values(), upload(TensorView.of(eigen.vectors(), n, n)));
  }

  private Matrix matrix(BackendTensor tensor) {
    ToyTensor ours = own(tensor);
    return new Matrix((int) ours.size(0), (int) ours.size(1), ours.values);
  }

  private Matrix full(Basis basis) {
    return basis.isIdentity()
        ? Matrix.identity(basis.dimension())
        : Matrix.blockDiagonal(basis.blocks().stream().map(this::matrix).toList());
  }

  /** Hands over the rotated gradients of all examples. */
  private void forEach(ExampleRows rows, Rotation rotation, BiConsumer<Integer, double[]> sink) {
    Matrix left = full(rotation.gradients()).transposed();
    Matrix right = full(rotation.activations());
    for (int e = 0; e < rows.examples(); e++) {
      sink.accept(e, left.times(gradient(rows, e)).times(right).values());
    }
  }

  private static Matrix gradient(ExampleRows rows, int example) {
    Matrix g = Matrix.zeros(rows.outputs(), rows.inputs());
    for (int row = rows.offsets()[example]; row < rows.offsets()[example + 1]; row++) {
      for (int i = 0; i < g.values().length; i++) {
        double s = rows.gradients().get(row, i / g.columns());
        g.values()[i] += s * rows.activations().get(row, i % g.columns());
      }
    }
    return g;
  }

  @Override
  public void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    run(
        () -> {
          double[] out = own(sum).values;
          forEach(rows, rotation, (e, g) -> Arrays.setAll(out, i -> out[i] + g[i] * g[i]));
        });
  }

  @Override
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    return locked(
        () -> {
          double[][] out = new double[weights.size()][rows.examples()];
          for (int d = 0; d < out.length; d++) {
            double[] weight = own(weights.get(d)).values;
            double[] sums = out[d];
            forEach(
                rows,
                rotation,
                (e, g) -> {
                  for (int i = 0; i < g.length; i++) {
                    sums[e] += weight[i] * g[i] * g[i];
                  }
                });
          }
          return out;
        });
  }

  @Override
  public void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    run(
        () -> {
          double[] out = own(gradients).values;
          forEach(
              rows,
              rotation,
              (e, g) -> {
                for (int i = 0; i < g.length && targets[e] >= 0; i++) {
                  out[targets[e] * g.length + i] += g[i];
                }
              });
        });
  }

  /** One of several matrices [Q, rows, columns]. */
  private Matrix slice(BackendTensor tensor, int q) {
    ToyTensor all = own(tensor);
    int size = (int) (all.size(1) * all.size(2));
    double[] values = Arrays.copyOfRange(all.values, q * size, (q + 1) * size);
    return new Matrix((int) all.size(1), (int) all.size(2), values);
  }

  private static void put(Matrix part, ToyTensor all, int q) {
    System.arraycopy(part.values(), 0, all.values, q * part.values().length, part.values().length);
  }

  @Override
  public QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    return locked(
        () -> {
          ToyTensor out = allocate(ElementType.F64, own(rotated).shape());
          Matrix left = full(rotation.gradients());
          Matrix right = full(rotation.activations()).transposed();
          for (int q = 0; q < out.size(0); q++) {
            Matrix scaled = slice(rotated, q).hadamard(matrix(weights));
            put(left.times(scaled).times(right), out, q);
          }
          return new QueryFactors.Dense(out);
        });
  }

  @Override
  public QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    return locked(
        () -> {
          long[] shape = own(rotated).shape();
          ToyTensor left = allocate(ElementType.F64, shape[0], shape[1], truncation.rank());
          ToyTensor right = allocate(ElementType.F64, shape[0], shape[2], truncation.rank());
          double[] residuals = new double[(int) shape[0]];
          for (int q = 0; q < residuals.length; q++) {
            Matrix x = slice(rotated, q).hadamard(matrix(weights));
            Decompositions.Thin thin = Decompositions.truncated(x, truncation);
            Matrix rest = x.minus(thin.left().times(thin.right().transposed()));
            residuals[q] = x.norm() == 0 ? 0 : rest.norm() / x.norm();
            put(full(rotation.gradients()).times(thin.left()), left, q);
            put(full(rotation.activations()).times(thin.right()), right, q);
          }
          return new QueryFactors.LowRank(left, right, residuals);
        });
  }

  @Override
  public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    return locked(
        () -> {
          double[] out = new double[queries.queries() * rows.examples()];
          for (int q = 0; q < queries.queries(); q++) {
            Matrix v = query(queries, q);
            for (int e = 0; e < rows.examples(); e++) {
              out[q * rows.examples() + e] = v.dot(gradient(rows, e));
            }
          }
          return out;
        });
  }

  private Matrix query(QueryFactors queries, int q) {
    if (queries instanceof QueryFactors.LowRank low) {
      return slice(low.left(), q).times(slice(low.right(), q).transposed());
    }
    return slice(((QueryFactors.Dense) queries).values(), q);
  }
}
