/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceTensor;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.KernelConstants;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.Rotation;
import java.util.List;
import org.bytedeco.javacpp.LongPointer;

/** Sums over rotated gradients, {@code g̃ = Q_Sᵀ g Q_A}. */
public final class GradientSums {
  // Of infl_cuda_weighted_squares.
  private static final int MAX_WEIGHTS = KernelConstants.MAX_WEIGHTS;

  private final Engine engine;
  private final PackedExamples packed;
  private final Rotator rotator;

  public GradientSums(Engine engine, PackedExamples packed, Rotator rotator) {
    this.engine = engine;
    this.packed = packed;
    this.rotator = rotator;
  }

  /** What is done with a run whose rows are rotated, or whose rotated gradients are there. */
  private interface Body {
    void byRows(ExampleRuns.Run run, Kernels.DeviceExamples examples);

    void byGradient(ExampleRuns.Run run, long gradients);
  }

  /** {@code sum += Σ g̃∘g̃}. */
  public void squares(ExampleRows rows, Rotation rotation, int rotateRowsBelow, BackendTensor sum) {
    DeviceTensor to = DeviceTensor.of(sum, engine);
    Body body =
        new Body() {
          @Override
          public void byRows(ExampleRuns.Run run, Kernels.DeviceExamples examples) {
            long wanted = Kernels.squaresWorkspace(engine.productPrecision(), examples);
            // Without it the kernel is slower and gives the same bits.
            long bytes = wanted > engine.budget().batch() ? 0 : wanted;
            long workspace = engine.scratch(Scratch.Slot.WORKSPACE, bytes);
            CudaException.check(
                Kernels.squares(
                    engine.productPrecision(),
                    examples,
                    to.address(),
                    workspace,
                    bytes,
                    engine.stream()),
                "infl_cuda_squares");
          }

          @Override
          public void byGradient(ExampleRuns.Run run, long gradients) {
            CudaException.check(
                Kernels.denseSquares(
                    engine.kernelPrecision(),
                    gradients,
                    run.count(),
                    to.elements(),
                    to.address(),
                    engine.stream()),
                "infl_cuda_dense_squares");
          }
        };
    each(rows, rotation, rotateRowsBelow, 0, body);
  }

  /** {@code gradients[targets[e]] += g̃_e}. */
  public void gradients(
      ExampleRows rows,
      Rotation rotation,
      int rotateRowsBelow,
      int[] targets,
      BackendTensor gradients) {
    DeviceTensor to = DeviceTensor.of(gradients, engine);
    int queries = (int) to.size(0);
    Body body =
        new Body() {
          @Override
          public void byRows(ExampleRuns.Run run, Kernels.DeviceExamples examples) {
            CudaException.check(
                Kernels.accumulateGradients(
                    engine.productPrecision(),
                    examples,
                    uploaded(run),
                    queries,
                    to.address(),
                    engine.stream()),
                "infl_cuda_accumulate_gradients");
          }

          @Override
          public void byGradient(ExampleRuns.Run run, long formed) {
            CudaException.check(
                Kernels.denseAccumulate(
                    engine.kernelPrecision(),
                    formed,
                    run.count(),
                    to.size(1) * to.size(2),
                    uploaded(run),
                    queries,
                    to.address(),
                    engine.stream()),
                "infl_cuda_dense_accumulate");
          }

          private long uploaded(ExampleRuns.Run run) {
            long address = engine.scratch(Scratch.Slot.TARGETS, 4L * run.count());
            Transfers.upload(engine.staging(), address, targets, run.first(), run.count(), 0);
            return address;
          }
        };
    each(rows, rotation, rotateRowsBelow, 4, body);
  }

  /** {@code out[d][e] = Σ_ij weights[d]_ij g̃_ij²}. */
  public double[][] weightedSquares(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, List<BackendTensor> weights) {
    double[][] out = new double[weights.size()][rows.examples()];
    for (int from = 0; from < weights.size(); from += MAX_WEIGHTS) {
      int to = Math.min(weights.size(), from + MAX_WEIGHTS);
      try (LongPointer addresses = new LongPointer(to - from)) {
        for (int d = from; d < to; d++) {
          addresses.put(d - from, DeviceTensor.of(weights.get(d), engine).address());
        }
        WeightedSquares body = new WeightedSquares(addresses, to - from, out, from);
        long sums = 1 + PackedExamples.tiles(rows.inputs(), rows.outputs());
        each(rows, rotation, rotateRowsBelow, 8L * (to - from) * sums, body);
      }
    }
    return out;
  }

  private final class WeightedSquares implements Body {
    private final LongPointer weights;
    private final int count;
    private final double[][] out;
    private final int first;

    WeightedSquares(LongPointer weights, int count, double[][] out, int first) {
      this.weights = weights;
      this.count = count;
      this.out = out;
      this.first = first;
    }

    @Override
    public void byRows(ExampleRuns.Run run, Kernels.DeviceExamples examples) {
      long bytes = Kernels.weightedSquaresWorkspace(examples, count);
      long workspace = engine.scratch(Scratch.Slot.WORKSPACE, bytes);
      long values = engine.scratch(Scratch.Slot.OUT, 8L * count * run.count());
      CudaException.check(
          Kernels.weightedSquares(
              engine.productPrecision(),
              examples,
              weights,
              count,
              values,
              workspace,
              bytes,
              engine.stream()),
          "infl_cuda_weighted_squares");
      collect(run, values);
    }

    @Override
    public void byGradient(ExampleRuns.Run run, long gradients) {
      long bytes = Kernels.denseWeightedSquaresWorkspace(run.count(), elements, count);
      long workspace = engine.scratch(Scratch.Slot.WORKSPACE, bytes);
      long values = engine.scratch(Scratch.Slot.OUT, 8L * count * run.count());
      CudaException.check(
          Kernels.denseWeightedSquares(
              engine.kernelPrecision(),
              gradients,
              run.count(),
              elements,
              weights,
              count,
              values,
              workspace,
              bytes,
              engine.stream()),
          "infl_cuda_dense_weighted_squares");
      collect(run, values);
    }

    private void collect(ExampleRuns.Run run, long values) {
      double[] all =
          Transfers.doubles(engine.staging(), values, ElementType.F64, count * run.count());
      for (int d = 0; d < count; d++) {
        System.arraycopy(all, d * run.count(), out[first + d], run.first(), run.count());
      }
    }
  }

  // Elements of a gradient of the batch at hand.
  private long elements;

  private void each(
      ExampleRows rows, Rotation rotation, int rotateRowsBelow, long exampleBytes, Body body) {
    elements = (long) rows.outputs() * rows.inputs();
    long gradientBytes = elements * engine.elementBytes();
    for (ExampleRuns.Run run :
        ExampleRuns.of(
            rows,
            rotateRowsBelow,
            packed.rowBytes(rows),
            2 * gradientBytes,
            exampleBytes + PackedExamples.OFFSET_BYTES,
            engine.budget().batch())) {
      engine.beginStep();
      Kernels.DeviceExamples examples = packed.load(rows, run);
      if (run.form() == ExampleRuns.Form.BY_GRADIENT) {
        body.byGradient(run, rotatedGradients(examples, rotation, run.count()));
      } else {
        body.byRows(run, packed.rotate(rotation));
      }
    }
  }

  private long rotatedGradients(Kernels.DeviceExamples examples, Rotation rotation, int count) {
    long bytes = count * elements * engine.elementBytes();
    long formed = engine.scratch(Scratch.Slot.FORMED, bytes);
    CudaException.check(
        Kernels.gradients(engine.productPrecision(), examples, formed, engine.stream()),
        "infl_cuda_gradients");
    if (rotation.activations().isIdentity() && rotation.gradients().isIdentity()) {
      return formed;
    }
    long spare = engine.scratch(Scratch.Slot.HALF_ROTATED, bytes);
    return rotator.into(rotation, formed, spare, count);
  }
}
