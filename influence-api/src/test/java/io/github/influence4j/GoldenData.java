/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.store.DType;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A workload of the golden data: from the folder that {@code -Dinfluence4j.golden} names, from the
 * one beside the repository, else from the test resources, which hold W2 only.
 */
final class GoldenData {
  private static final List<String> BESIDE =
      List.of("../../shared/golden", "../shared/golden", "../../../shared/golden");

  private final Map<String, double[]> tensors = new HashMap<>();
  private final Map<String, long[]> shapes = new HashMap<>();
  private final String workload;

  private GoldenData(String workload) {
    this.workload = workload;
  }

  /** Reads a workload, or skips the test. */
  static GoldenData load(String workload) {
    GoldenData data = new GoldenData(workload);
    data.read("inputs");
    data.read("factors_fp64");
    data.read("scores_fp64");
    if (workload.equals("w2")) {
      data.read("truefisher_fp64");
    } else {
      data.read("model");
      data.samplePseudoGradients();
    }
    return data;
  }

  private void read(String part) {
    String file = workload + "_" + part + ".safetensors";
    List<String> folders = new ArrayList<>(BESIDE);
    String named = System.getProperty("influence4j.golden");
    if (named != null) {
      folders.add(0, named);
    }
    String prefix = part.equals("truefisher_fp64") ? "true|" : "";
    try {
      for (String folder : folders) {
        Path path = Path.of(folder, file);
        if (Files.exists(path)) {
          copy(path, prefix);
          return;
        }
      }
      try (InputStream resource = GoldenData.class.getResourceAsStream("/golden/" + file)) {
        assumeTrue(
            resource != null,
            file + " is not in " + folders + "; name its folder with -Dinfluence4j.golden");
        Path unpacked = Files.createTempFile(workload, ".safetensors");
        try {
          Files.copy(resource, unpacked, StandardCopyOption.REPLACE_EXISTING);
          copy(unpacked, prefix);
        } finally {
          Files.delete(unpacked);
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private void copy(Path file, String prefix) throws IOException {
    try (Safetensors data = Safetensors.open(file)) {
      for (String name : data.names()) {
        double[] values =
            data.dtype(name) == DType.I64
                ? Arrays.stream(data.longs(name)).asDoubleStream().toArray()
                : data.tensor(name).toDoubles();
        tensors.put(prefix + name, values);
        shapes.put(prefix + name, data.shape(name));
      }
    }
  }

  /** W1 stores the sampled labels but not their gradients: backpropagates through its MLP. */
  private void samplePseudoGradients() {
    double[] gradients = get("train.grad.4").clone();
    for (int e = 0; e < gradients.length / 10; e++) {
      // softmax - onehot(y), so that adding onehot(y) gives the softmax.
      gradients[e * 10 + (int) get("train.y")[e]] += 1;
      gradients[e * 10 + (int) get("train.y_sampled")[e]] -= 1;
    }
    tensors.put("true|train.pseudograd.4", gradients);
    gradients = throughRelu(gradients, get("4.weight"), get("train.act.4"), 10, 128);
    tensors.put("true|train.pseudograd.2", gradients);
    gradients = throughRelu(gradients, get("2.weight"), get("train.act.2"), 128, 256);
    tensors.put("true|train.pseudograd.0", gradients);
  }

  private static double[] throughRelu(
      double[] gradients, double[] weight, double[] activations, int outputs, int inputs) {
    double[] out = new double[activations.length];
    for (int i = 0; i < out.length; i++) {
      for (int o = 0; activations[i] > 0 && o < outputs; o++) {
        out[i] += gradients[i / inputs * outputs + o] * weight[o * inputs + i % inputs];
      }
    }
    return out;
  }

  String workload() {
    return workload;
  }

  List<LayerSpec> layers() {
    return workload.equals("w1")
        ? List.of(
            LayerSpec.linear("0", 64, 256),
            LayerSpec.linear("2", 256, 128),
            LayerSpec.linear("4", 128, 10))
        : List.of(
            LayerSpec.linear("0", 10, 32),
            LayerSpec.linear("2", 32, 16).withoutBias(),
            LayerSpec.linear("4", 16, 1));
  }

  boolean has(String name) {
    return tensors.containsKey(name);
  }

  double[] get(String name) {
    double[] values = tensors.get(name);
    if (values == null) {
      throw new IllegalArgumentException(workload + " has no tensor " + name);
    }
    return values;
  }

  Captures queries() {
    return captures("query.act.", "query.grad.");
  }

  Captures train() {
    return captures("train.act.", "train.grad.");
  }

  /** With the gradients of labels sampled from the model. */
  Captures pseudo() {
    return captures("train.act.", "true|train.pseudograd.");
  }

  private Captures captures(String activations, String gradients) {
    Captures captures = new Captures((int) shapes.get(activations + "0")[0]);
    for (LayerSpec layer : layers()) {
      double[] a = get(activations + layer.name());
      double[] g = get(gradients + layer.name());
      captures.add(
          (first, last, type) ->
              new LayerBatch(
                  layer.name(),
                  cut(type, a, first, last, layer.inputs()),
                  cut(type, g, first, last, layer.outputs())));
    }
    return captures.inBatchesOf(37);
  }

  private static TensorView cut(
      ElementType type, double[] values, int first, int last, int columns) {
    double[] part = Arrays.copyOfRange(values, first * columns, last * columns);
    return Tensors.of(type, part, last - first, columns);
  }
}
