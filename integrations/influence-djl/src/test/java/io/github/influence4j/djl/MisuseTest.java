/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.ParameterStore;
import ai.djl.util.Utils;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.TensorView;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Misuse is told with its remedy. */
final class MisuseTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps().examplesFirst();
  private final Block layer = taps.linear("fc", Linear.builder().setUnits(2));

  MisuseTest() {
    layer.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private NDArray ones(long... shape) {
    return manager.ones(new Shape(shape));
  }

  private GradientBatch capture(Supplier<NDArray> loss) {
    return taps.capture(manager, () -> ModelOutput.ofLoss(loss.get(), 4));
  }

  /** The build's surefire configuration sets it; a test must not reach for the network. */
  @Test
  void testsRunOffline() {
    assertThat(Utils.isOfflineMode()).isTrue();
  }

  @Test
  void viewsAliasTheArray() {
    NDArray array = ones(2, 3);
    TensorView view = ArrayViews.of(array);
    array.muli(0);
    assertThat(view.shape()).containsExactly(2, 3);
    assertThat(view.toDoubles()).containsOnly(0);
  }

  @Test
  void types() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ArrayViews.of(ones(2).toType(DataType.INT32, false)))
        .withMessageContaining("holds int32 values");
  }

  @Test
  void inputsChangedInPlace() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                capture(
                    () -> {
                      NDArray x = ones(4, 3);
                      NDArray y = taps.forward(layer, x);
                      x.addi(1);
                      return y.sum();
                    }))
        .withMessageContaining("Layer \"fc\": its input was changed in place")
        .withMessageContaining("add instead of addi");
  }

  /** Unlike an input, an output may be changed: its gradient is that of the value before. */
  @Test
  void outputsChangedInPlace() {
    GradientBatch batch = capture(() -> taps.forward(layer, ones(4, 3)).muli(3).sum());
    assertThat(batch.layers().get(0).outputGradients().toDoubles()).containsOnly(3);
  }

  @Test
  void lossesThatAreNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> capture(() -> taps.forward(layer, ones(4, 3))))
        .withMessageContaining("got shape (4, 2); sum it");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> capture(() -> taps.forward(layer, ones(4, 3)).stopGradient().sum()))
        .withMessageContaining("depends on no tapped layer");
    assertThatIllegalStateException()
        .isThrownBy(() -> capture(() -> ones(1)))
        .withMessageContaining("called no tapped layer");
    DjlGradients<Integer> source =
        new DjlGradients<>(
            taps, List.of(4), n -> ModelOutput.ofLoss(taps.forward(layer, ones(n, 3)).sum(), n));
    assertThatIllegalStateException()
        .isThrownBy(() -> source.sampledLabels(new LabelSampler(1)).replay(batch -> {}))
        .withMessageContaining("use classification or regression");
  }

  @Test
  void modelsRunPastTheTaps() {
    ParameterStore store = new ParameterStore(manager, false);
    NDList input = new NDList(ones(4, 3));
    assertThatIllegalStateException()
        .isThrownBy(() -> capture(() -> layer.forward(store, input, true).head().sum()))
        .withMessageContaining("Layer \"fc\" was called past Taps.forward");
    // A failed capture leaves nothing behind.
    assertThat(capture(() -> taps.forward(layer, input).head().sum()).layers()).hasSize(1);
    assertThat(layer.forward(store, input, true).head().getShape()).isEqualTo(new Shape(4, 2));
  }

  @Test
  void shapesOfOutputs() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ModelOutput.classification(ones(2, 3, 5), ones(2, 4)))
        .withMessage("Labels have shape (2, 4), expected (2, 3).");
    ModelOutput output = ModelOutput.classification(ones(2, 3, 5), ones(2, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> output.withMask(ones(2, 4)))
        .withMessageContaining("[2, 4], expected one value a row: [2, 3]");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> output.withOffsets(0, 4))
        .withMessageContaining("Offsets end with 4, but the output has 6 rows");
  }

  @Test
  void labelsThatAreNoClass() {
    for (float label : new float[] {5, -1, 0.5f, Float.NaN}) {
      NDArray labels = manager.full(new Shape(2), label);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> ModelOutput.classification(ones(2, 5), labels))
          .withMessageContaining("Labels hold " + (double) label)
          .withMessageContaining("whole numbers from 0 to 4, or -100");
    }
  }

  @Test
  void noRowThatCounts() {
    NDArray none = manager.full(new Shape(4), -100f);
    GradientBatch batch =
        taps.capture(
            manager, () -> ModelOutput.classification(taps.forward(layer, ones(4, 3)), none));
    assertThat(batch.layers().get(0).outputGradients().toDoubles()).containsOnly(0);
  }

  @Test
  void namesAndWeights() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.linear("fc", Linear.builder().setUnits(2)))
        .withMessage("Two layers are named \"fc\".");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> taps.shareInput("fc", "fd"))
        .withMessageContaining("No layer named \"fd\"");
    taps.linear("later", Linear.builder().setUnits(2));
    assertThatIllegalStateException()
        .isThrownBy(taps::layers)
        .withMessageContaining("Layer \"later\" has no weights yet");
  }

  @Test
  void inputsDeclaredSharedThatAreNot() {
    Block other = taps.linear("other", Linear.builder().setUnits(2));
    other.initialize(manager, DataType.FLOAT32, new Shape(4, 3));
    taps.shareInput("other", "fc");
    NDArray x = ones(4, 3);
    capture(() -> taps.forward(layer, x).add(taps.forward(other, x)).sum());
    assertThatIllegalStateException()
        .isThrownBy(
            () -> capture(() -> taps.forward(layer, x).add(taps.forward(other, x.mul(2))).sum()))
        .withMessageContaining("Layer \"other\" was declared to share the input of \"fc\"");
  }

  @Test
  void capturesWithinCaptures() {
    assertThatIllegalStateException()
        .isThrownBy(
            () ->
                capture(
                    () -> ones(capture(() -> taps.forward(layer, ones(4, 3)).sum()).examples())))
        .withMessageContaining("running already");
  }

  /** A model may close what it made, such as activations that it needs no more. */
  @Test
  void inputsClosedByTheModel() {
    GradientBatch batch =
        capture(
            () -> {
              try (NDManager own = manager.newSubManager()) {
                NDArray y = taps.forward(layer, own.ones(new Shape(4, 3)));
                y.attach(manager);
                return y.sum();
              }
            });
    assertThat(batch.layers().get(0).activations().toDoubles()).containsOnly(1);
  }
}
