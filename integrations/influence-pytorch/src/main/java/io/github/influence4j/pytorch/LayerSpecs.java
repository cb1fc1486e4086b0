/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dPadding;
import org.bytedeco.pytorch.ConvPaddingMode;
import org.bytedeco.pytorch.DetailConv2dOptions;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Tensor;

/** Reads a module's geometry. */
final class LayerSpecs {
  private LayerSpecs() {}

  static LayerSpec of(String name, LinearImpl module) {
    Tensor weight = module.weight();
    LayerSpec spec =
        LayerSpec.linear(name, Math.toIntExact(weight.size(1)), Math.toIntExact(weight.size(0)));
    return module.bias().defined() ? spec : spec.withoutBias();
  }

  static LayerSpec of(String name, Conv2dImpl module) {
    DetailConv2dOptions options = module.options();
    LongPointer kernel = options.kernel_size();
    LongPointer dilation = options.dilation();
    long[] padding = padding(name, options.padding(), kernel, dilation);
    Conv2d geometry =
        new Conv2d(
            Math.toIntExact(options.in_channels().get()),
            Math.toIntExact(options.out_channels().get()),
            Math.toIntExact(kernel.get(0)),
            Math.toIntExact(kernel.get(1)),
            Math.toIntExact(options.stride().get(0)),
            Math.toIntExact(options.stride().get(1)),
            Math.toIntExact(padding[0]),
            Math.toIntExact(padding[1]),
            paddingMode(options.padding_mode()),
            Math.toIntExact(dilation.get(0)),
            Math.toIntExact(dilation.get(1)),
            Math.toIntExact(options.groups().get()));
    LayerSpec spec = LayerSpec.conv2d(name, geometry);
    return module.bias().defined() ? spec : spec.withoutBias();
  }

  private static long[] padding(
      String name, Conv2dPadding padding, LongPointer kernel, LongPointer dilation) {
    if (holds(padding::get1)) { // "valid"
      return new long[] {0, 0};
    }
    if (!holds(padding::get2)) { // sizes, not "same"
      return new long[] {padding.get0().get(0), padding.get0().get(1)};
    }
    long[] sides = new long[2];
    for (int i = 0; i < 2; i++) {
      long both = dilation.get(i) * (kernel.get(i) - 1);
      if (both % 2 != 0) {
        throw new IllegalArgumentException(
            "Layer \""
                + name
                + "\": padding \"same\" of a kernel of even size differs between the sides; pad"
                + " the input yourself and use padding 0.");
      }
      sides[i] = both / 2;
    }
    return sides;
  }

  private static PaddingMode paddingMode(ConvPaddingMode mode) {
    List<Supplier<Object>> alternatives = List.of(mode::get0, mode::get1, mode::get2, mode::get3);
    PaddingMode[] modes = {
      PaddingMode.ZEROS, PaddingMode.REFLECT, PaddingMode.REPLICATE, PaddingMode.CIRCULAR
    };
    for (int i = 0; i < modes.length; i++) {
      if (holds(alternatives.get(i))) {
        return modes[i];
      }
    }
    throw new IllegalArgumentException("Unknown padding mode.");
  }

  /** Whether a C++ variant holds an alternative; asking for one that it does not hold throws. */
  private static boolean holds(Supplier<Object> alternative) {
    try {
      return alternative.get() != null;
    } catch (RuntimeException e) {
      return false;
    }
  }
}
