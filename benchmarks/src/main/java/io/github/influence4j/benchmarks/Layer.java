/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.Basis;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Rows;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;

/**
 * One layer on one backend with random data: a batch of examples and a basis. The basis is random
 * and not orthogonal, which no operation's time depends on.
 */
final class Layer implements AutoCloseable {
  final ComputeBackend backend;
  final int outputs;
  final int inputs;
  final int rowsPerExample;
  final int examples;
  final ExampleRows rows;
  final Rotation rotation;
  final CostModel cost;

  private final SplittableRandom random = new SplittableRandom(17);
  private final BackendTensor activationVectors;
  private final BackendTensor gradientVectors;

  /**
   * Makes the data.
   *
   * @param backend on which the basis lies; not closed by the layer
   * @param shape outputs x inputs x rows of an example x examples; inputs may end in {@code +1}, a
   *     homogeneous column
   */
  Layer(ComputeBackend backend, String shape) {
    this.backend = backend;
    String[] sizes = shape.split("x", -1);
    boolean homogeneous = sizes[1].endsWith("+1");
    int columns = Integer.parseInt(sizes[1].replace("+1", ""));
    this.outputs = Integer.parseInt(sizes[0]);
    this.inputs = homogeneous ? columns + 1 : columns;
    this.rowsPerExample = Integer.parseInt(sizes[2]);
    this.examples = Integer.parseInt(sizes[3]);
    this.cost = new CostModel(inputs, outputs, 1);
    this.rows =
        new ExampleRows(
            rows(columns, homogeneous), rows(outputs, false), offsets(examples, rowsPerExample));
    this.activationVectors = normal(1 / Math.sqrt(inputs), inputs, inputs);
    this.gradientVectors = normal(1 / Math.sqrt(outputs), outputs, outputs);
    this.rotation =
        new Rotation(
            new Basis(inputs, List.of(activationVectors)),
            new Basis(outputs, List.of(gradientVectors)));
  }

  private Rows rows(int columns, boolean homogeneous) {
    int count = rowsPerExample * examples;
    TensorView data = TensorView.allocate(ElementType.F32, count, columns);
    fill(data, random::nextGaussian);
    return new Rows(data, count, columns, columns, 0, homogeneous, null);
  }

  private static int[] offsets(int examples, int rowsPerExample) {
    int[] offsets = new int[examples + 1];
    for (int e = 1; e <= examples; e++) {
      offsets[e] = e * rowsPerExample;
    }
    return offsets;
  }

  private static void fill(TensorView data, DoubleSupplier values) {
    for (int i = 0; i < data.elements(); i++) {
      data.set(i, values.getAsDouble());
    }
  }

  /** The first examples, at most {@code count}. */
  ExampleRows first(int count) {
    int some = Math.min(count, examples);
    return new ExampleRows(
        head(rows.activations(), some * rowsPerExample),
        head(rows.gradients(), some * rowsPerExample),
        offsets(some, rowsPerExample));
  }

  private static Rows head(Rows all, int count) {
    return new Rows(all.data(), count, all.columns(), all.stride(), 0, all.homogeneous(), null);
  }

  /** A tensor of normal numbers on the backend. */
  BackendTensor normal(double deviation, long... shape) {
    return upload(() -> deviation * random.nextGaussian(), shape);
  }

  /** A tensor [P, M] like the reciprocals of damped eigenvalues. */
  BackendTensor weights() {
    return upload(() -> 0.1 + random.nextDouble(), outputs, inputs);
  }

  private BackendTensor upload(DoubleSupplier values, long... shape) {
    TensorView data = TensorView.allocate(ElementType.F32, shape);
    fill(data, values);
    return backend.upload(data);
  }

  double rowCount() {
    return (double) rowsPerExample * examples;
  }

  /** Operations of the cheaper form of rotated gradients of all examples. */
  double rotated(int count) {
    double each =
        rowsPerExample < cost.rotateRowsBelow()
            ? cost.rotateRows(rowsPerExample)
            : cost.rotateGradient(rowsPerExample);
    return count * each;
  }

  @Override
  public void close() {
    activationVectors.close();
    gradientVectors.close();
  }
}
