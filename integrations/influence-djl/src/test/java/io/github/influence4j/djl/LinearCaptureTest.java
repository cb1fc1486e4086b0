/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.github.influence4j.adapters.WeightGradients;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerSpec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Captured dYᵀX is what backward() leaves in the weights' gradients. */
final class LinearCaptureTest {
  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps();
  private final Map<String, Block> layers = new LinkedHashMap<>();

  @BeforeAll
  static void seed() {
    Engine.getEngine("PyTorch").setRandomSeed(7);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Block tap(String name, int units) {
    Block layer = taps.linear(name, Linear.builder().setUnits(units));
    layers.put(name, layer);
    return layer;
  }

  /** Calls {@code middle} twice. */
  private Block tied(DataType type, Shape input) {
    Block middle = tap("middle", 6);
    Block net =
        new SequentialBlock()
            .add(tap("first", 6))
            .add(Activation::tanh)
            .add(middle)
            .add(Activation::tanh)
            .add(middle)
            .add(tap("last", 3));
    net.initialize(manager, type, input);
    return net;
  }

  private NDArray normal(DataType type, long... shape) {
    return manager.randomNormal(new Shape(shape)).toType(type, false);
  }

  private void assertCaptured(GradientBatch batch, double tolerance) {
    for (LayerSpec spec : taps.layers()) {
      double error =
          WeightGradients.relativeError(
              WeightGradients.of(batch, spec), Naive.autogradGradient(layers.get(spec.name())));
      assertThat(error).as(spec.name()).isLessThanOrEqualTo(tolerance);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DataType.class,
      names = {"FLOAT32", "FLOAT64", "FLOAT16"})
  void everyElementTypeAndSeveralUses(DataType type) {
    Block model = tied(type, new Shape(4, 5));
    NDArray x = normal(type, 4, 5);
    // sum() hands back an expanded gradient: strides of 0 over one number.
    GradientBatch batch =
        taps.capture(
            manager, () -> ModelOutput.ofLosses(taps.forward(model, x).sum(new int[] {1})));
    Naive.backward(model, x, NDArray::sum);
    assertThat(batch.layers()).hasSize(4);
    ElementType expected =
        Map.of(
                DataType.FLOAT32, ElementType.F32,
                DataType.FLOAT64, ElementType.F64,
                DataType.FLOAT16, ElementType.F16)
            .get(type);
    assertThat(batch.layers().get(0).activations().type()).isEqualTo(expected);
    assertThat(batch.layers().get(0).outputGradients().type()).isEqualTo(expected);
    // FLOAT16: backward() itself rounds sums to 11 bits.
    assertCaptured(batch, type == DataType.FLOAT16 ? 2e-3 : 1e-5);
  }

  @Test
  void masksLeavePaddingOut() {
    Block model = tied(DataType.FLOAT32, new Shape(2, 3, 5));
    NDArray x = normal(DataType.FLOAT32, 2, 3, 5);
    NDArray targets = normal(DataType.FLOAT32, 2, 3, 3);
    NDArray mask = Naive.ids(manager, new long[] {1, 1, 0}, new long[] {1, 1, 1});
    GradientBatch batch =
        taps.capture(
            manager, () -> ModelOutput.regression(taps.forward(model, x), targets).withMask(mask));
    assertThat(batch.layers().get(0).mask()).containsExactly(true, true, false, true, true, true);
    NDArray weights = mask.toType(DataType.FLOAT32, false).expandDims(2);
    Naive.backward(model, x, y -> y.sub(targets).square().mul(weights).sum().mul(0.5));
    assertCaptured(batch, 1e-5);
  }

  @Test
  void packedRowsBringTheirOffsets() {
    Block model = tied(DataType.FLOAT32, new Shape(1, 6, 5));
    NDArray x = normal(DataType.FLOAT32, 1, 6, 5);
    NDArray targets = normal(DataType.FLOAT32, 1, 6, 3);
    GradientBatch batch =
        taps.capture(
            manager,
            () -> ModelOutput.regression(taps.forward(model, x), targets).withOffsets(0, 4, 6));
    assertThat(batch.examples()).isEqualTo(2);
    assertThat(batch.layers().get(0).offsets()).containsExactly(0, 4, 6);
    assertThat(batch.layers().get(0).activations().shape()).containsExactly(6, 5);
  }

  @Test
  void inputsThatAreNoContiguousMemory() {
    Block model = tied(DataType.FLOAT32, new Shape(4, 5));
    NDArray x = normal(DataType.FLOAT32, 5, 4).transpose();
    GradientBatch batch =
        taps.capture(
            manager, () -> ModelOutput.ofLosses(taps.forward(model, x).sum(new int[] {1})));
    Naive.backward(model, x, NDArray::sum);
    assertCaptured(batch, 1e-5);
  }

  /** Frozen or not: neither the parameters nor their gradients change. */
  @Test
  void theModelStaysAsItIs() {
    Block model = tied(DataType.FLOAT32, new Shape(4, 5));
    NDArray x = normal(DataType.FLOAT32, 4, 5);
    Naive.backward(model, x, NDArray::sum);
    double[] before = Naive.autogradGradient(layers.get("middle"));
    taps.capture(manager, () -> ModelOutput.ofLosses(taps.forward(model, x).sum(new int[] {1})));
    assertThat(Naive.autogradGradient(layers.get("middle"))).containsExactly(before);
    assertThat(model.getParameters().values()).allMatch(p -> p.getArray().hasGradient());
    model.freezeParameters(true);
    GradientBatch batch =
        taps.capture(
            manager, () -> ModelOutput.ofLosses(taps.forward(model, x).sum(new int[] {1})));
    model.freezeParameters(false);
    assertCaptured(batch, 1e-5);
  }

  @Test
  void checkpointsOfPlainLayersLoad() throws Exception {
    Block plain = Linear.builder().setUnits(3).build();
    plain.initialize(manager, DataType.FLOAT32, new Shape(4, 5));
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    plain.saveParameters(new DataOutputStream(saved));
    Block tapped = tap("fc", 3);
    tapped.loadParameters(
        manager, new DataInputStream(new ByteArrayInputStream(saved.toByteArray())));
    assertThat(taps.layers()).containsExactly(LayerSpec.linear("fc", 5, 3));
    Parameter weight = tapped.getDirectParameters().get("weight");
    assertThat(weight.getArray()).isEqualTo(plain.getDirectParameters().get("weight").getArray());
    NDArray x = normal(DataType.FLOAT32, 4, 5);
    NDArray expected =
        plain
            .forward(new ai.djl.training.ParameterStore(manager, false), new NDList(x), false)
            .singletonOrThrow();
    assertThat(taps.forward(tapped, x)).isEqualTo(expected);
  }
}
