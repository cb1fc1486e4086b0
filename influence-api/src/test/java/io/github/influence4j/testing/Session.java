/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** A backend together with everything made on it, all closed at the end. */
public final class Session implements AutoCloseable {
  private final ComputeBackend backend;
  private final Deque<Runnable> closers = new ArrayDeque<>();

  /**
   * Takes a backend over.
   *
   * @param backend closed with the session
   */
  public Session(ComputeBackend backend) {
    this.backend = backend;
  }

  /** The backend. */
  public ComputeBackend backend() {
    return backend;
  }

  /** Keeps a tensor until the end. */
  public BackendTensor keep(BackendTensor tensor) {
    closers.push(tensor::close);
    return tensor;
  }

  /** Keeps query factors until the end. */
  public <Q extends QueryFactors> Q keep(Q factors) {
    closers.push(factors::close);
    return factors;
  }

  /** An accumulator, kept until the end. */
  public CovarianceAccumulator covariance(int... blockOffsets) {
    CovarianceAccumulator accumulator = backend.covariance(blockOffsets);
    closers.push(accumulator::close);
    return accumulator;
  }

  /** Uploads numbers. */
  public BackendTensor upload(double[] values, long... shape) {
    return keep(backend.upload(TensorView.of(values, shape)));
  }

  /** Uploads an orthonormal basis, block by block; none is the identity. */
  public Basis basis(int dimension, List<Matrix> blocks) {
    List<BackendTensor> tensors = new ArrayList<>();
    for (Matrix block : blocks) {
      tensors.add(upload(block.values(), block.rows(), block.columns()));
    }
    return new Basis(dimension, tensors);
  }

  /** Uploads the bases of both sides. */
  public Rotation rotation(int outputs, List<Matrix> gradients, int inputs, List<Matrix> other) {
    return new Rotation(basis(inputs, other), basis(outputs, gradients));
  }

  @Override
  public void close() {
    closers.forEach(Runnable::run);
    backend.close();
  }
}
