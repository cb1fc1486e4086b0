/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.spi.Unfolder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * A backend that runs one operation at a time: what is left to write are the kernels, each within
 * {@link #locked}. What has a default here goes through the host, or through another operation;
 * override it where the backend can do better.
 *
 * <pre>{@code
 * public double[] score(ExampleRows rows, QueryFactors queries, int withoutGradientBelow) {
 *   return locked(() -> scorer.score(rows, queries));
 * }
 * }</pre>
 */
public abstract class SerialBackend implements ComputeBackend {
  private final BackendDescription description;
  private final BackendOperations operations;

  /**
   * A backend that is open.
   *
   * @param description what it runs on
   * @param operations its lock
   */
  protected SerialBackend(BackendDescription description, BackendOperations operations) {
    this.description = description;
    this.operations = operations;
  }

  /**
   * Runs an operation when those before it have ended.
   *
   * @param operation must call nobody who closes the backend
   * @return its result
   * @throws IllegalStateException if the backend is closed
   */
  protected <T> T locked(Supplier<T> operation) {
    return operations.run(operation);
  }

  /**
   * The same without a result.
   *
   * @param operation must call nobody who closes the backend
   */
  protected final void run(Runnable operation) {
    locked(
        () -> {
          operation.run();
          return Boolean.TRUE;
        });
  }

  /**
   * The lock.
   *
   * @return the one given to the constructor
   */
  protected final BackendOperations operations() {
    return operations;
  }

  /**
   * Allocates; called within {@link #locked}.
   *
   * @param type F32 or F64
   * @param shape the sizes
   * @return a tensor of zeros
   */
  protected abstract BackendTensor allocate(ElementType type, long... shape);

  @Override
  public final BackendDescription description() {
    return description;
  }

  @Override
  public final BackendTensor zeros(long... shape) {
    return locked(() -> allocate(description.precision().type(), shape));
  }

  @Override
  public final BackendTensor accumulator(long... shape) {
    return locked(() -> allocate(ElementType.F64, shape));
  }

  @Override
  public BackendTensor concatenate(List<BackendTensor> parts) {
    return locked(
        () -> {
          parts.forEach(part -> OwnedTensor.of(part, OwnedTensor.class, this));
          double[] all =
              parts.stream().flatMapToDouble(part -> Arrays.stream(part.toDoubles())).toArray();
          long[] shape = parts.get(0).shape();
          shape[0] = parts.stream().mapToLong(part -> part.shape()[0]).sum();
          return upload(TensorView.of(all, shape));
        });
  }

  @Override
  public Unfolder unfolder() {
    return locked(() -> new PlainUnfolder(this, this::locked));
  }

  @Override
  public double[] magnitudes(Rows rows) {
    return locked(() -> Magnitudes.of(rows));
  }

  @Override
  public double[] scoreRows(ExampleRows rows, QueryFactors queries) {
    int[] each = IntStream.rangeClosed(0, rows.activations().rows()).toArray();
    ExampleRows alone = new ExampleRows(rows.activations(), rows.gradients(), each);
    return score(alone, queries, Integer.MAX_VALUE);
  }

  @Override
  public void close() {
    operations.close(() -> {});
  }
}
