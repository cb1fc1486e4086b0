/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.github.influence4j.adapters.AdapterModel;
import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.ModelGradients;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Conv1dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** The contracts' model in PyTorch. */
@SuppressWarnings("try") // scopes are guards
final class TorchModel implements AdapterModel<Tensor, ModelOutput> {
  private final Taps taps = new Taps();
  private final List<Tensor> weights = new ArrayList<>();

  TorchModel(long seed) {
    set_num_threads(1);
    manual_seed(seed);
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
  public UnaryOperator<Tensor> linear(String name, int inputs, int outputs) {
    LinearImpl module = new LinearImpl(inputs, outputs);
    module.eval();
    weights.addAll(List.of(module.weight(), module.bias()));
    return taps.linear(name, module)::forward;
  }

  @Override
  public UnaryOperator<Tensor> conv1d(String name, Conv1d geometry, int length) {
    Conv1dOptions options =
        new Conv1dOptions(
            geometry.inChannels(),
            geometry.outChannels(),
            new LongPointer(new long[] {geometry.kernel()}));
    options.stride().put(geometry.stride());
    options.padding().put(new LongPointer(new long[] {geometry.padding()}));
    options.groups().put(geometry.groups());
    options.dilation().put(geometry.dilation());
    Conv1dImpl module = new Conv1dImpl(options);
    module.eval();
    weights.addAll(List.of(module.weight(), module.bias()));
    return taps.conv1d(name, module)::forward;
  }

  @Override
  public void shareInput(String layer, String owner) {
    taps.shareInput(layer, owner);
  }

  @Override
  public Tensor random(long... shape) {
    return randn(shape);
  }

  @Override
  public Tensor of(double[] values, long... shape) {
    return values.length == 0 ? zeros(shape) : doubles(values, shape).to(ScalarType.Float);
  }

  @Override
  public Tensor doubles(double[] values, long... shape) {
    return AbstractTensor.create(values, shape);
  }

  @Override
  public Tensor ids(long[]... rows) {
    return Naive.ids(rows);
  }

  @Override
  public double[] values(Tensor array) {
    return HostCopies.doubles(array);
  }

  @Override
  public int examples(Tensor batch) {
    return (int) batch.size(0);
  }

  @Override
  public Tensor range(Tensor data, int first, int count) {
    return data.narrow(0, first, count);
  }

  @Override
  public Tensor reshape(Tensor array, long... shape) {
    return array.reshape(shape);
  }

  @Override
  public Tensor swapped(Tensor array) {
    return array.transpose(0, 1).contiguous();
  }

  @Override
  public Tensor tanh(Tensor array) {
    return array.tanh();
  }

  @Override
  public Tensor plus(Tensor a, Tensor b) {
    return a.add(b);
  }

  @Override
  public Tensor times(Tensor array, double factor) {
    return array.mul(new Scalar(factor));
  }

  @Override
  public Tensor square(Tensor array) {
    return array.mul(array);
  }

  @Override
  public Tensor product(Tensor a, Tensor b) {
    return a.matmul(b);
  }

  @Override
  public Tensor sum(Tensor array, int dimension) {
    return array.sum(dimension);
  }

  @Override
  public Tensor sum(Tensor array) {
    return array.sum();
  }

  @Override
  public Tensor detached(Tensor array) {
    return array.detach();
  }

  @Override
  public ModelOutput regression(Tensor predictions, Tensor targets) {
    return ModelOutput.regression(predictions, targets);
  }

  @Override
  public ModelOutput classification(Tensor logits, Tensor labels) {
    return ModelOutput.classification(logits, labels);
  }

  @Override
  public ModelOutput losses(Tensor losses) {
    return ModelOutput.ofLosses(losses);
  }

  @Override
  public ModelOutput summedLoss(Tensor loss, int examples) {
    return ModelOutput.ofLoss(loss, examples);
  }

  @Override
  public ModelOutput withMask(ModelOutput output, Tensor mask, String... layers) {
    return output.withMask(mask, layers);
  }

  @Override
  public ModelGradients<Tensor> gradients(
      List<Tensor> batches, Function<Tensor, ModelOutput> model) {
    return new TorchGradients<>(taps, batches, model);
  }

  @Override
  public double[] weightGradients(Function<Tensor, ModelOutput> model, Tensor batch) {
    try (PointerScope scope = new PointerScope()) {
      model.apply(batch).dataLoss().sum().backward();
      return weights.stream().flatMapToDouble(w -> Arrays.stream(taken(w))).toArray();
    }
  }

  private static double[] taken(Tensor weight) {
    if (!weight.grad().defined()) {
      return new double[(int) weight.numel()];
    }
    double[] values = HostCopies.doubles(weight.grad());
    weight.grad().zero_();
    return values;
  }

  @Override
  public void close() {}
}
