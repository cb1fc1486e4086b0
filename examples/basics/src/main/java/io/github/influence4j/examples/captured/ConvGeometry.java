/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.PaddingMode;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * One {@code --conv LAYER:k=3,stride=2,pad=1,groups=4,dilation=1,mode=reflect}; all but groups and
 * mode may be given as HEIGHTxWIDTH.
 *
 * @param layer its name
 * @param settings by key
 */
record ConvGeometry(String layer, Map<String, String> settings) {
  private static final Set<String> KEYS =
      Set.of("k", "stride", "pad", "groups", "dilation", "mode");
  private static final Pattern SIZE = Pattern.compile("[0-9]{1,6}(x[0-9]{1,6})?");

  /** Reads one option. */
  static ConvGeometry parse(String option) {
    int colon = option.lastIndexOf(':');
    Check.that(
        colon > 0, "--conv %s: expected LAYER:k=3[,stride=2][,pad=1]...; name the layer.", option);
    Map<String, String> settings = new HashMap<>();
    for (String setting : option.substring(colon + 1).split(",", -1)) {
      String[] pair = setting.split("=", 2);
      Check.that(
          pair.length == 2 && KEYS.contains(pair[0]) && !settings.containsKey(pair[0]),
          "--conv %s: \"%s\" is not one of k=, stride=, pad=, groups=, dilation=, mode=, each given"
              + " once.",
          option,
          setting);
      settings.put(pair[0], pair[1]);
    }
    Check.that(settings.containsKey("k"), "--conv %s: give the kernel size, such as k=3.", option);
    return new ConvGeometry(option.substring(0, colon), settings);
  }

  /** With the channels that the captured tensors have, [examples, channels, ...]. */
  Conv2d of(long[] input, long[] output) {
    int inputs = Math.toIntExact(input[1]);
    int outputs = Math.toIntExact(output[1]);
    return input.length == 3
        ? oneDimensional(inputs, outputs).asConv2d()
        : twoDimensional(inputs, outputs);
  }

  private Conv1d oneDimensional(int inputs, int outputs) {
    for (String key : List.of("k", "stride", "pad", "dilation")) {
      String text = settings.getOrDefault(key, "");
      Check.that(
          !text.contains("x"),
          "--conv %s: %s=%s has two sizes, but the tensors [examples, channels, length] have one.",
          layer,
          key,
          text);
    }
    int groups = size("groups", "1")[0];
    try {
      return Conv1d.of(inputs, outputs, size("k", "1")[0])
          .withStride(size("stride", "1")[0])
          .withPadding(size("pad", "0")[0])
          .withPaddingMode(mode())
          .withDilation(size("dilation", "1")[0])
          .withGroups(groups);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--conv " + layer + ": " + e.getMessage(), e);
    }
  }

  private Conv2d twoDimensional(int inputs, int outputs) {
    int[] kernel = size("k", "1");
    int[] stride = size("stride", "1");
    int[] padding = size("pad", "0");
    int[] dilation = size("dilation", "1");
    int groups = size("groups", "1")[0];
    try {
      return Conv2d.of(inputs, outputs, kernel[0], kernel[1])
          .withStride(stride[0], stride[1])
          .withPadding(padding[0], padding[1])
          .withPaddingMode(mode())
          .withDilation(dilation[0], dilation[1])
          .withGroups(groups);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--conv " + layer + ": " + e.getMessage(), e);
    }
  }

  private int[] size(String key, String otherwise) {
    String text = settings.getOrDefault(key, otherwise);
    Check.that(
        SIZE.matcher(text).matches() && !(key.equals("groups") && text.contains("x")),
        "--conv %s: %s=%s is neither a number nor HEIGHTxWIDTH.",
        layer,
        key,
        text);
    String[] sides = text.split("x", -1);
    int height = Integer.parseInt(sides[0]);
    return new int[] {height, sides.length == 1 ? height : Integer.parseInt(sides[1])};
  }

  private PaddingMode mode() {
    String text = settings.getOrDefault("mode", "zeros");
    for (PaddingMode mode : PaddingMode.values()) {
      if (mode.name().equals(text.toUpperCase(Locale.ROOT))) {
        return mode;
      }
    }
    throw new IllegalArgumentException(
        "--conv " + layer + ": mode=" + text + " is none of zeros, reflect, replicate, circular.");
  }
}
