/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import java.util.List;
import java.util.function.Supplier;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.Conv1dImpl;
import org.bytedeco.pytorch.Conv1dPadding;
import org.bytedeco.pytorch.Conv2dImpl;
import org.bytedeco.pytorch.Conv2dPadding;
import org.bytedeco.pytorch.ConvPaddingMode;
import org.bytedeco.pytorch.DetailConv1dOptions;
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
    requireForward(name, options.transposed().get());
    LongPointer kernel = options.kernel_size();
    LongPointer dilation = options.dilation();
    Conv2dPadding given = options.padding();
    long[] padding = padding(name, 2, given::get0, given::get1, given::get2, kernel, dilation);
    Conv2d geometry =
        Conv2d.of(
                Math.toIntExact(options.in_channels().get()),
                Math.toIntExact(options.out_channels().get()),
                Math.toIntExact(kernel.get(0)),
                Math.toIntExact(kernel.get(1)))
            .withStride(
                Math.toIntExact(options.stride().get(0)), Math.toIntExact(options.stride().get(1)))
            .withPadding(Math.toIntExact(padding[0]), Math.toIntExact(padding[1]))
            .withPaddingMode(paddingMode(options.padding_mode()))
            .withDilation(Math.toIntExact(dilation.get(0)), Math.toIntExact(dilation.get(1)))
            .withGroups(Math.toIntExact(options.groups().get()));
    LayerSpec spec = LayerSpec.conv2d(name, geometry);
    return module.bias().defined() ? spec : spec.withoutBias();
  }

  static LayerSpec of(String name, Conv1dImpl module) {
    DetailConv1dOptions options = module.options();
    requireForward(name, options.transposed().get());
    LongPointer kernel = options.kernel_size();
    LongPointer dilation = options.dilation();
    Conv1dPadding given = options.padding();
    long[] padding = padding(name, 1, given::get0, given::get1, given::get2, kernel, dilation);
    Conv1d geometry =
        Conv1d.of(
                Math.toIntExact(options.in_channels().get()),
                Math.toIntExact(options.out_channels().get()),
                Math.toIntExact(kernel.get()))
            .withStride(Math.toIntExact(options.stride().get()))
            .withPadding(Math.toIntExact(padding[0]))
            .withPaddingMode(paddingMode(options.padding_mode()))
            .withDilation(Math.toIntExact(dilation.get()))
            .withGroups(Math.toIntExact(options.groups().get()));
    LayerSpec spec = LayerSpec.conv1d(name, geometry);
    return module.bias().defined() ? spec : spec.withoutBias();
  }

  private static void requireForward(String name, boolean transposed) {
    if (transposed) {
      throw new IllegalArgumentException(
          "Layer \""
              + name
              + "\" is a transposed convolution, whose gradients are not supported; leave it"
              + " untapped.");
    }
  }

  /** The three alternatives of a C++ variant: sizes, "valid" or "same". */
  private static long[] padding(
      String name,
      int dimensions,
      Supplier<LongPointer> sizes,
      Supplier<Object> valid,
      Supplier<Object> same,
      LongPointer kernel,
      LongPointer dilation) {
    long[] sides = new long[dimensions];
    if (holds(valid)) {
      return sides;
    }
    boolean given = !holds(same);
    for (int i = 0; i < dimensions; i++) {
      long both = dilation.get(i) * (kernel.get(i) - 1);
      if (!given && both % 2 != 0) {
        throw new IllegalArgumentException(
            "Layer \""
                + name
                + "\": padding \"same\" of a kernel of even size differs between the sides; pad"
                + " the input yourself and use padding 0.");
      }
      sides[i] = given ? sizes.get().get(i) : both / 2;
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
