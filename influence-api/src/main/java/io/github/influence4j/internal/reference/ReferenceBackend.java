/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.Unfolder;
import io.github.influence4j.spi.support.PlainUnfolder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * The mathematics of {@link ComputeBackend} in textbook loops, in float64 whatever the precision
 * asked for, on the calling thread. Forms of an operation that differ in cost only are one form
 * here: the gradient is formed first. Other backends are compared with this one, so it shares
 * nothing with them but plain unfolding, whose oracle is its contract.
 */
public final class ReferenceBackend implements ComputeBackend {
  private volatile boolean closed;

  /** A backend, which holds no resources. */
  public ReferenceBackend() {}

  @Override
  public BackendDescription description() {
    return new BackendDescription(
        "reference", "Java " + Runtime.version().feature(), "plain Java", Precision.F64, 1);
  }

  @Override
  public synchronized BackendTensor zeros(long... shape) {
    requireOpen();
    return HeapTensor.zeros(shape);
  }

  @Override
  public synchronized BackendTensor upload(TensorView host) {
    requireOpen();
    return new HeapTensor(host.toDoubles(), host.shape());
  }

  @Override
  public BackendTensor accumulator(long... shape) {
    return zeros(shape);
  }

  @Override
  public synchronized BackendTensor concatenate(List<BackendTensor> parts) {
    requireOpen();
    double[] values = parts.stream().flatMapToDouble(part -> Arrays.stream(array(part))).toArray();
    long[] shape = parts.get(0).shape();
    shape[0] = parts.stream().mapToLong(part -> part.shape()[0]).sum();
    return new HeapTensor(values, shape);
  }

  @Override
  public synchronized Unfolder unfolder() {
    requireOpen();
    return new PlainUnfolder(this, this::unfold);
  }

  private synchronized TensorView unfold(Supplier<TensorView> operation) {
    requireOpen();
    return operation.get();
  }

  @Override
  public synchronized double[] magnitudes(Rows rows) {
    requireOpen();
    double[] out = new double[rows.rows()];
    for (int r = 0; r < out.length; r++) {
      for (int c = 0; c < rows.columns(); c++) {
        out[r] = Math.max(out[r], Math.abs(rows.get(r, c)));
      }
    }
    return out;
  }

  @Override
  public synchronized CovarianceAccumulator covariance(int... blockOffsets) {
    requireOpen();
    return new HeapCovariance(blockOffsets);
  }

  @Override
  public synchronized void accumulateCovariances(List<CovarianceUpdate> updates) {
    requireOpen();
    for (CovarianceUpdate update : updates) {
      ((HeapCovariance) update.target()).add(update.rows());
    }
  }

  @Override
  public synchronized List<SymmetricEigen> eigendecompose(List<double[]> matrices) {
    requireOpen();
    return matrices.stream().map(ReferenceBackend::eigen).toList();
  }

  private static SymmetricEigen eigen(double[] matrix) {
    SymmetricEigenSolver.Result result = SymmetricEigenSolver.solve(matrix);
    int n = result.values().length;
    return new SymmetricEigen(result.values(), new HeapTensor(result.vectors(), n, n));
  }

  @Override
  public synchronized void accumulateSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    requireOpen();
    double[] out = array(sum);
    Rotator rotator = new Rotator(rotation);
    for (int e = 0; e < rows.examples(); e++) {
      double[] rotated = rotator.into(gradient(rows, e)).values();
      for (int i = 0; i < out.length; i++) {
        out[i] += rotated[i] * rotated[i];
      }
    }
  }

  @Override
  public synchronized double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    requireOpen();
    double[][] out = new double[weights.size()][rows.examples()];
    Rotator rotator = new Rotator(rotation);
    for (int e = 0; e < rows.examples(); e++) {
      double[] rotated = rotator.into(gradient(rows, e)).values();
      for (int d = 0; d < weights.size(); d++) {
        double[] weight = array(weights.get(d));
        for (int i = 0; i < weight.length; i++) {
          out[d][e] += weight[i] * rotated[i] * rotated[i];
        }
      }
    }
    return out;
  }

  @Override
  public synchronized void accumulateGradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    requireOpen();
    double[] out = array(gradients);
    Rotator rotator = new Rotator(rotation);
    for (int e = 0; e < rows.examples(); e++) {
      if (targets[e] >= 0) {
        double[] rotated = rotator.into(gradient(rows, e)).values();
        for (int i = 0; i < rotated.length; i++) {
          out[targets[e] * rotated.length + i] += rotated[i];
        }
      }
    }
  }

  @Override
  public synchronized QueryFactors.Dense precondition(
      BackendTensor rotated, BackendTensor weights, Rotation rotation) {
    requireOpen();
    int queries = (int) rotated.shape()[0];
    double[] out = new double[array(rotated).length];
    Rotator rotator = new Rotator(rotation);
    for (int q = 0; q < queries; q++) {
      double[] v = rotator.outOf(weighted(rotated, weights, q)).values();
      System.arraycopy(v, 0, out, q * v.length, v.length);
    }
    return new QueryFactors.Dense(new HeapTensor(out, rotated.shape()));
  }

  @Override
  public synchronized QueryFactors.LowRank preconditionLowRank(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    requireOpen();
    int queries = (int) rotated.shape()[0];
    int rows = (int) rotated.shape()[1];
    int columns = (int) rotated.shape()[2];
    int rank = truncation.rank();
    HeapTensor left = HeapTensor.zeros(queries, rows, rank);
    HeapTensor right = HeapTensor.zeros(queries, columns, rank);
    double[] residuals = new double[queries];
    Rotator rotator = new Rotator(rotation);
    for (int q = 0; q < queries; q++) {
      DenseMatrix x = weighted(rotated, weights, q);
      TruncatedSvd svd = TruncatedSvd.of(x, truncation);
      residuals[q] = residual(x, svd.product());
      double[] l = rotator.gradientsOutOf(svd.left()).values();
      double[] r = rotator.activationsOutOf(svd.right()).values();
      System.arraycopy(l, 0, left.values(), q * l.length, l.length);
      System.arraycopy(r, 0, right.values(), q * r.length, r.length);
    }
    return new QueryFactors.LowRank(left, right, residuals);
  }

  private static double residual(DenseMatrix x, DenseMatrix approximation) {
    double squares = 0;
    for (int i = 0; i < x.values().length; i++) {
      double difference = x.values()[i] - approximation.values()[i];
      squares += difference * difference;
    }
    double norm = Math.sqrt(x.dot(x));
    return norm == 0 ? 0 : Math.sqrt(squares) / norm;
  }

  @Override
  public synchronized double[] score(
      ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
    requireOpen();
    double[] out = new double[queries.queries() * rows.examples()];
    for (int q = 0; q < queries.queries(); q++) {
      DenseMatrix v = query(queries, q);
      for (int e = 0; e < rows.examples(); e++) {
        out[q * rows.examples() + e] = v.dot(gradient(rows, e));
      }
    }
    return out;
  }

  @Override
  public synchronized double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    requireOpen();
    int count = rows.activations().rows();
    double[] out = new double[queries.queries() * count];
    for (int q = 0; q < queries.queries(); q++) {
      DenseMatrix v = query(queries, q);
      for (int r = 0; r < count; r++) {
        DenseMatrix g = DenseMatrix.zeros(rows.outputs(), rows.inputs());
        addOuterProduct(rows, r, g);
        out[q * count + r] = v.dot(g);
      }
    }
    return out;
  }

  private static DenseMatrix query(QueryFactors queries, int q) {
    if (queries instanceof QueryFactors.Dense dense) {
      return DenseMatrix.slice((HeapTensor) dense.values(), q);
    }
    QueryFactors.LowRank factors = (QueryFactors.LowRank) queries;
    DenseMatrix left = DenseMatrix.slice((HeapTensor) factors.left(), q);
    DenseMatrix right = DenseMatrix.slice((HeapTensor) factors.right(), q);
    return left.times(right.transposed());
  }

  private static DenseMatrix weighted(BackendTensor rotated, BackendTensor weights, int q) {
    DenseMatrix x = DenseMatrix.slice((HeapTensor) rotated, q);
    double[] weight = array(weights);
    for (int i = 0; i < weight.length; i++) {
      x.values()[i] *= weight[i];
    }
    return x;
  }

  /** {@code g = Σ_t gradients_t activations_tᵀ} of one example. */
  private static DenseMatrix gradient(ExampleRows rows, int example) {
    DenseMatrix g = DenseMatrix.zeros(rows.outputs(), rows.inputs());
    for (int r = rows.offsets()[example]; r < rows.offsets()[example + 1]; r++) {
      addOuterProduct(rows, r, g);
    }
    return g;
  }

  private static void addOuterProduct(ExampleRows rows, int row, DenseMatrix g) {
    double[] a = new double[rows.inputs()];
    for (int j = 0; j < a.length; j++) {
      a[j] = rows.activations().get(row, j);
    }
    for (int i = 0; i < rows.outputs(); i++) {
      double s = rows.gradients().get(row, i);
      for (int j = 0; j < a.length; j++) {
        g.add(i, j, s * a[j]);
      }
    }
  }

  private static double[] array(BackendTensor tensor) {
    return ((HeapTensor) tensor).values();
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("ComputeBackend already closed");
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
