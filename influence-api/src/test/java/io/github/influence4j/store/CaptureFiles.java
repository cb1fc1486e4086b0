/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;

/** Captures of small numbers in a file. */
abstract class CaptureFiles {
  static final int TRAIN = 600;
  static final int QUERIES = 3;

  @TempDir Path folder;
  final Map<String, TensorView> tensors = new TreeMap<>();
  final Map<String, String> metadata = new HashMap<>();

  /** Numbers from 1, each of its own. */
  static double[] counting(int first, int count) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> first + i);
    return values;
  }

  void put(String name, int first, long... shape) {
    int elements = (int) Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    tensors.put(name, TensorView.of(counting(first, elements), shape));
  }

  void linear(String layer, int examples, String side) {
    put(side + ".act." + layer, 1, examples, 2);
    put(side + ".grad." + layer, -5, examples, 1);
  }

  CapturedGradients open(CaptureOptions options) throws IOException {
    Path file = folder.resolve("captures.safetensors");
    Safetensors.write(file, tensors, metadata);
    return CapturedGradients.open(file, options);
  }

  /** What each use of each layer was fed, over all batches; the sizes of the batches. */
  record Seen(List<Integer> sizes, Map<String, List<double[]>> uses) {
    static Seen of(GradientSource source) {
      Seen seen = new Seen(new ArrayList<>(), new TreeMap<>());
      source.replay(
          batch -> {
            seen.sizes.add(batch.examples());
            for (LayerBatch use : batch.layers()) {
              List<double[]> pieces =
                  seen.uses.computeIfAbsent(use.layer(), layer -> new ArrayList<>());
              pieces.add(use.activations().toDoubles());
              pieces.add(use.outputGradients().toDoubles());
            }
          });
      return seen;
    }

    /** Every second piece. */
    double[] joined(String layer, int start) {
      List<double[]> pieces = uses.getOrDefault(layer, List.of());
      List<Double> all = new ArrayList<>();
      for (int i = start; i < pieces.size(); i += 2) {
        Arrays.stream(pieces.get(i)).forEach(all::add);
      }
      return all.stream().mapToDouble(x -> x).toArray();
    }
  }
}
