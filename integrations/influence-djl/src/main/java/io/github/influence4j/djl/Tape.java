/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.github.influence4j.capture.BatchRows;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.RowStatements;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/** The calls of one forward pass, and their gradients. */
final class Tape {
  private final NDManager manager;
  private final BufferGuard guard;
  private final DetachedParameters parameters;
  private final List<Call> calls = new ArrayList<>();

  /**
   * One call of one layer. The checksum tells changes of the input in place, which would falsify
   * what was recorded without DJL noticing: nothing is differentiated that reads the input.
   *
   * @param probe zeros that were added to the output, whose gradient is the output's: DJL keeps
   *     gradients of leaves only
   */
  private record Call(
      String layer, TensorView input, long checksum, NDArray probe, int @Nullable [] owners) {
    /** Where there is none, DJL makes zeros of its default type. */
    NDArray gradient() {
      return probe.getGradient().toType(probe.getDataType(), false);
    }

    String what() {
      return "Layer \"" + layer + "\": its output gradient";
    }
  }

  /** Records in arrays that live as long as the manager. */
  Tape(NDManager manager, DetachedParameters parameters, BufferGuard guard) {
    this.manager = manager;
    this.guard = guard;
    this.parameters = parameters;
  }

  DetachedParameters parameters() {
    return parameters;
  }

  /** Records a call, and the owners named for it; returns the output to go on with. */
  NDArray record(String layer, NDArray input, NDArray output, int @Nullable [] owners) {
    // A handle of our own: the model may close its arrays.
    guard.keep(input);
    NDArray x = input.stopGradient();
    x.attach(manager);
    NDArray probe = output.zerosLike();
    probe.attach(manager);
    probe.setRequiresGradient(true);
    TensorView view = ArrayViews.of("Layer \"" + layer + "\": its input", x);
    calls.add(new Call(layer, view, checksum(view), probe, owners));
    return output.add(probe);
  }

  /** Differentiates with respect to the probes only: no weight gradient is formed. */
  GradientBatch capture(
      GradientCollector collector,
      Loss loss,
      BatchRows rows,
      List<LayerSpec> layers,
      RowStatements statements) {
    requireCallsAndOneNumber(loss.sum());
    double[] weights = weights(loss, rows, statements);
    List<TensorView> weighted = weightedGradients(loss, weights);
    backward(() -> collector.backward(loss.sum()));
    requireUnchanged();
    RowStatements.requireSharedInputs(
        layers, layerOfCalls(), call -> calls.get(call).checksum(), "array");
    List<TensorView> gradients = new ArrayList<>();
    List<LayerBatch> seen = new ArrayList<>();
    for (Call call : calls) {
      TensorView gradient = ArrayViews.of(call.what(), call.gradient());
      gradients.add(gradient);
      LayerBatch batch = new LayerBatch(call.layer(), call.input(), gradient);
      seen.add(call.owners() == null ? batch : batch.withRowsOf(call.owners()));
    }
    GradientBatch batch = statements.arrange(rows, seen, layers, loss.parts() != null);
    if (!weighted.isEmpty()) {
      statements.verify(batch, layers, gradients, weighted, weights);
    }
    return statements.complete(batch, layers);
  }

  /** What to weigh the examples with to verify the owners of rows; none where that is not done. */
  private double[] weights(Loss loss, BatchRows rows, RowStatements statements) {
    if (loss.parts() == null) {
      return new double[0];
    }
    List<TensorView> inputs = calls.stream().map(Call::input).toList();
    return statements.weights(rows.examples(), layerOfCalls(), inputs, inputs.get(0).type());
  }

  /** Goes first, for DJL adds up gradients, and zeros them again. */
  private List<TensorView> weightedGradients(Loss loss, double[] weights) {
    NDArray weighted = weights.length == 0 ? null : loss.weighted(weights);
    List<TensorView> gradients = new ArrayList<>();
    if (weighted != null) {
      backward(() -> KeptGraph.backward(weighted));
      for (Call call : calls) {
        NDArray gradient = call.gradient();
        NDArray copy = gradient.duplicate();
        copy.attach(manager);
        gradients.add(ArrayViews.of(call.what(), copy));
        NDArray kept = call.probe().getGradient();
        kept.subi(kept);
      }
    }
    return gradients;
  }

  private void requireCallsAndOneNumber(NDArray loss) {
    if (calls.isEmpty()) {
      throw new IllegalStateException(
          "The model called no tapped layer; build it with the layers that Taps returned.");
    }
    if (loss.size() != 1) {
      throw new IllegalArgumentException(
          "The loss must be one number, got shape " + loss.getShape() + "; sum it.");
    }
  }

  private static void backward(Runnable pass) {
    try {
      pass.run();
    } catch (EngineException e) {
      throw new IllegalArgumentException(
          "The loss depends on no tapped layer; compute it from the model's output without"
              + " stopGradient(). PyTorch says: "
              + e.getMessage(),
          e);
    }
  }

  private void requireUnchanged() {
    for (Call call : calls) {
      if (checksum(call.input()) != call.checksum()) {
        throw new IllegalStateException(
            "Layer \""
                + call.layer()
                + "\": its input was changed in place after the call; use the operation without"
                + " the trailing i (add instead of addi).");
      }
    }
  }

  private List<String> layerOfCalls() {
    return calls.stream().map(Call::layer).toList();
  }

  private static long checksum(TensorView view) {
    CRC32 crc = new CRC32();
    ByteBuffer bytes = Objects.requireNonNull(view.byteBuffer());
    crc.update(bytes);
    return crc.getValue();
  }
}
