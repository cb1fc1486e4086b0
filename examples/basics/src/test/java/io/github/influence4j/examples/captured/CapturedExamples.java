/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.examples.Cli;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.junit.jupiter.api.io.TempDir;

/** Made-up captures, what the command line makes of them, and their gradients by plain loops. */
abstract class CapturedExamples {
  static final int TRAIN = 7;
  static final int QUERIES = 3;
  static final int ROWS = 4;

  @TempDir Path folder;
  final Map<String, TensorView> tensors = new TreeMap<>();
  final Map<String, long[]> owners = new TreeMap<>();
  final Map<String, String> metadata = new TreeMap<>();

  final void put(String side, String layer, int examples, long[] input, long[] output) {
    String act = side + ".act." + layer;
    String grad = side + ".grad." + layer;
    tensors.put(act, Tensors.random(act.hashCode(), shape(examples, input)));
    tensors.put(grad, Tensors.random(grad.hashCode(), shape(examples, output)));
  }

  private static long[] shape(int examples, long[] rest) {
    long[] shape = new long[rest.length + 1];
    shape[0] = examples;
    System.arraycopy(rest, 0, shape, 1, rest.length);
    return shape;
  }

  final Cli run(Object... options) throws IOException {
    Path file = folder.resolve("captures.safetensors");
    SafetensorsWriter writer = Safetensors.writer();
    tensors.forEach(writer::add);
    owners.forEach((name, examples) -> writer.add(name, examples, examples.length));
    metadata.forEach(writer::metadata);
    writer.write(file);
    return runFile(file, options);
  }

  final Cli runFile(Path file, Object... options) {
    List<Object> arguments = new ArrayList<>(List.of("captured", "--inputs", file));
    arguments.addAll(List.of("--out", folder.resolve("out"), "--precision", "f64"));
    arguments.addAll(List.of(options));
    Cli run = Cli.run(arguments.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    return run;
  }

  final double[] read(String name) throws IOException {
    return Tensors.read(folder.resolve("out/scores.safetensors"), name);
  }

  final void check(String name, double[] expected) throws IOException {
    assertThat(Tensors.distance(read(name), expected)).as(name).isLessThan(1e-10);
  }

  final double[] wave(String side, int example) {
    TensorView act = tensors.get(side + ".act.conv");
    TensorView grad = tensors.get(side + ".grad.conv");
    return NaiveGradients.convolution(
        act.reshape(act.size(0), 4, 1, 9),
        grad.reshape(act.size(0), 4, 1, 4),
        example,
        2,
        new int[] {1, 3},
        new int[] {1, 2},
        new int[] {0, 0});
  }

  final double[] linear(String side, int example, int inputs, int outputs, String... uses) {
    double[] gradient = new double[outputs * (inputs + 1)];
    for (String use : uses) {
      TensorView act = tensors.get(side + ".act." + use);
      int rows = act.rank() == 2 ? 1 : (int) act.size(1);
      for (int row = 0; row < rows; row++) {
        addRow(side, use, example, row, gradient);
      }
    }
    return gradient;
  }

  final void addRow(String side, String use, int example, int row, double[] gradient) {
    NaiveGradients.addLinear(
        tensors.get(side + ".act." + use),
        tensors.get(side + ".grad." + use),
        example,
        row,
        gradient);
  }

  static double[][] gradients(int examples, IntFunction<double[]> gradient) {
    double[][] out = new double[examples][];
    Arrays.setAll(out, gradient);
    return out;
  }

  static double[] squares(double[][] gradients) {
    return Arrays.stream(gradients).mapToDouble(g -> NaiveGradients.dot(g, g)).toArray();
  }
}
