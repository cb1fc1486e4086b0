/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import static org.bytedeco.pytorch.global.torch.ScalarType;
import static org.bytedeco.pytorch.global.torch.layer_norm;
import static org.bytedeco.pytorch.global.torch.rsqrt;

import io.github.influence4j.huggingface.config.Norm;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/** Norms of rows. */
final class Normalisation {
  private static final Scalar ONE = new Scalar(1.0);
  private static final Scalar TWO = new Scalar(2.0);

  private Normalisation() {}

  /** A norm with the parameters of a module. */
  static UnaryOperator<Tensor> of(Norm norm, LinearLayers layers, String module) {
    Tensor weight = layers.parameter(module + ".weight");
    if (norm.kind() != Norm.Kind.LAYER) {
      return x -> rootMeanSquare(norm, x, weight);
    }
    TensorOptional scale = new TensorOptional(weight);
    TensorOptional shift = new TensorOptional(layers.parameter(module + ".bias"));
    long[] width = {weight.numel()};
    return x -> layer_norm(x, width, scale, shift, norm.epsilon(), true);
  }

  /** In float32 at least: squares of bfloat16 would lose too much. */
  private static Tensor rootMeanSquare(Norm norm, Tensor x, Tensor weight) {
    ScalarType type = x.scalar_type().intern();
    Tensor wide = type == ScalarType.BFloat16 ? x.to(ScalarType.Float) : x;
    Tensor mean = wide.pow(TWO).mean(new long[] {-1}, true, new ScalarTypeOptional());
    Tensor unit = wide.mul(rsqrt(mean.add(new Scalar(norm.epsilon()))));
    if (norm.kind() == Norm.Kind.RMS_PLUS_ONE) {
      Tensor scale = weight.to(wide.scalar_type()).add(ONE);
      return unit.mul(scale).to(type);
    }
    return unit.to(type).mul(weight);
  }
}
