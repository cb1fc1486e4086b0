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
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.CRC32;

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
  private record Call(String layer, TensorView input, long checksum, NDArray probe) {}

  /** Records in arrays that live as long as the manager. */
  Tape(NDManager manager, DetachedParameters parameters, BufferGuard guard) {
    this.manager = manager;
    this.guard = guard;
    this.parameters = parameters;
  }

  DetachedParameters parameters() {
    return parameters;
  }

  /** Records a call; returns the output to go on with. */
  NDArray record(String layer, NDArray input, NDArray output) {
    // A handle of our own: the model may close its arrays.
    guard.keep(input);
    NDArray x = input.stopGradient();
    x.attach(manager);
    NDArray probe = output.zerosLike();
    probe.attach(manager);
    probe.setRequiresGradient(true);
    TensorView view = ArrayViews.of("Layer \"" + layer + "\": its input", x);
    calls.add(new Call(layer, view, checksum(view), probe));
    return output.add(probe);
  }

  /** Differentiates with respect to the probes only: no weight gradient is formed. */
  GradientBatch capture(
      GradientCollector collector, NDArray loss, BatchRows rows, List<LayerSpec> layers) {
    requireCallsAndOneNumber(loss);
    backward(collector, loss);
    requireUnchanged();
    requireSharedInputs(layers);
    Set<String> convolutions =
        layers.stream()
            .filter(layer -> layer.convolution() != null)
            .map(LayerSpec::name)
            .collect(Collectors.toSet());
    List<LayerBatch> batches = new ArrayList<>();
    for (Call call : calls) {
      // Where there is none, DJL makes zeros of its default type.
      NDArray gradient = call.probe().getGradient().toType(call.probe().getDataType(), false);
      String what = "Layer \"" + call.layer() + "\": its output gradient";
      LayerBatch batch = new LayerBatch(call.layer(), call.input(), ArrayViews.of(what, gradient));
      batches.add(convolutions.contains(call.layer()) ? batch : rows.arrange(batch));
    }
    return new GradientBatch(rows.examples(), batches);
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

  private static void backward(GradientCollector collector, NDArray loss) {
    try {
      collector.backward(loss);
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

  private void requireSharedInputs(List<LayerSpec> layers) {
    for (LayerSpec layer : layers) {
      String owner = layer.inputOf();
      if (owner != null && !inputs(layer.name()).equals(inputs(owner))) {
        throw new IllegalStateException(
            "Layer \""
                + layer.name()
                + "\" was declared to share the input of \""
                + owner
                + "\" but was called with another array; compute the input once, or drop"
                + " shareInput.");
      }
    }
  }

  /** Checksums of a layer's inputs, call by call. */
  private List<Long> inputs(String layer) {
    return calls.stream().filter(call -> call.layer().equals(layer)).map(Call::checksum).toList();
  }

  private static long checksum(TensorView view) {
    CRC32 crc = new CRC32();
    ByteBuffer bytes = Objects.requireNonNull(view.byteBuffer());
    crc.update(bytes);
    return crc.getValue();
  }
}
