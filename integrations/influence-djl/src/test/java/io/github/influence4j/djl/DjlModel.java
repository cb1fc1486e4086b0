/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.core.Linear;
import ai.djl.training.GradientCollector;
import ai.djl.training.initializer.NormalInitializer;
import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.ModelGradients;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** The contracts' model in DJL. */
final class DjlModel implements AdapterModel<NDArray, ModelOutput> {
  private final NDManager manager = NDManager.newBaseManager();
  private final Taps taps = new Taps();
  private final List<Block> layers = new ArrayList<>();

  DjlModel(int seed) {
    Engine.getEngine("PyTorch").setRandomSeed(seed);
  }

  @Override
  public Taps taps() {
    return taps;
  }

  @Override
  public List<LayerSpec> layers() {
    return taps.layers();
  }

  @Override
  public UnaryOperator<NDArray> linear(String name, int inputs, int outputs) {
    return add(taps.linear(name, Linear.builder().setUnits(outputs)), new Shape(1, inputs));
  }

  @Override
  public UnaryOperator<NDArray> conv1d(String name, Conv1d geometry, int length) {
    ai.djl.nn.convolutional.Conv1d.Builder builder =
        ai.djl.nn.convolutional.Conv1d.builder()
            .setFilters(geometry.outChannels())
            .setKernelShape(new Shape(geometry.kernel()))
            .optStride(new Shape(geometry.stride()))
            .optPadding(new Shape(geometry.padding()))
            .optDilation(new Shape(geometry.dilation()))
            .optGroups(geometry.groups());
    return add(taps.conv1d(name, builder), new Shape(1, geometry.inChannels(), length));
  }

  private UnaryOperator<NDArray> add(Block layer, Shape input) {
    layer.setInitializer(new NormalInitializer(0.7f), Parameter.Type.WEIGHT);
    layer.initialize(manager, DataType.FLOAT32, input);
    layers.add(layer);
    return x -> taps.forward(layer, x);
  }

  @Override
  public void shareInput(String layer, String owner) {
    taps.shareInput(layer, owner);
  }

  @Override
  public NDArray random(long... shape) {
    return manager.randomNormal(new Shape(shape));
  }

  @Override
  public NDArray of(double[] values, long... shape) {
    if (values.length > 0) {
      return doubles(values, shape).toType(DataType.FLOAT32, false);
    }
    boolean noRows = shape[0] == 0; // else no columns
    NDArray empty = manager.zeros(new Shape(1, shape[noRows ? 1 : 0])).get(new NDIndex("0:0"));
    return noRows ? empty : empty.transpose();
  }

  @Override
  public NDArray doubles(double[] values, long... shape) {
    return manager.create(values, new Shape(shape));
  }

  @Override
  public NDArray ids(long[]... rows) {
    return Naive.ids(manager, rows);
  }

  @Override
  public double[] values(NDArray array) {
    return array.toType(DataType.FLOAT64, false).toDoubleArray();
  }

  @Override
  public int examples(NDArray batch) {
    return (int) batch.getShape().get(0);
  }

  @Override
  public NDArray range(NDArray data, int first, int count) {
    return data.get(new NDIndex(first + ":" + (first + count)));
  }

  @Override
  public NDArray reshape(NDArray array, long... shape) {
    return array.reshape(shape);
  }

  @Override
  public NDArray swapped(NDArray array) {
    return array.transpose(1, 0, 2);
  }

  @Override
  public NDArray tanh(NDArray array) {
    return array.tanh();
  }

  @Override
  public NDArray plus(NDArray a, NDArray b) {
    return a.add(b);
  }

  @Override
  public NDArray times(NDArray array, double factor) {
    return array.mul((float) factor);
  }

  @Override
  public NDArray square(NDArray array) {
    return array.square();
  }

  @Override
  public NDArray product(NDArray a, NDArray b) {
    return a.matMul(b);
  }

  @Override
  public NDArray sum(NDArray array, int dimension) {
    return array.sum(new int[] {dimension});
  }

  @Override
  public NDArray sum(NDArray array) {
    return array.sum();
  }

  @Override
  public NDArray detached(NDArray array) {
    return array.stopGradient();
  }

  @Override
  public ModelOutput regression(NDArray predictions, NDArray targets) {
    return ModelOutput.regression(predictions, targets);
  }

  @Override
  public ModelOutput classification(NDArray logits, NDArray labels) {
    return ModelOutput.classification(logits, labels);
  }

  @Override
  public ModelOutput losses(NDArray losses) {
    return ModelOutput.ofLosses(losses);
  }

  @Override
  public ModelOutput summedLoss(NDArray loss, int examples) {
    return ModelOutput.ofLoss(loss, examples);
  }

  @Override
  public ModelOutput withMask(ModelOutput output, NDArray mask, String... layers) {
    return output.withMask(mask, layers);
  }

  @Override
  public ModelGradients<NDArray> gradients(
      List<NDArray> batches, Function<NDArray, ModelOutput> model) {
    return new DjlGradients<>(taps, batches, model);
  }

  @Override
  @SuppressWarnings("try") // the guard is used by being open
  public double[] weightGradients(Function<NDArray, ModelOutput> model, NDArray batch) {
    for (Block layer : layers) {
      for (Parameter parameter : layer.getDirectParameters().values()) {
        NDArray gradient = parameter.getArray().getGradient();
        gradient.subi(gradient.duplicate());
      }
    }
    try (BufferGuard guard = BufferGuard.open();
        GradientCollector collector = Engine.getEngine("PyTorch").newGradientCollector()) {
      collector.backward(model.apply(batch).dataLoss().sum());
    }
    return layers.stream()
        .flatMapToDouble(layer -> Arrays.stream(Naive.autogradGradient(layer)))
        .toArray();
  }

  @Override
  public void close() {
    manager.close();
  }
}
