/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.store.Safetensors;
import io.github.influence4j.store.SafetensorsWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.IntFunction;

/** All scores as tensors in float64, not divided by anything. */
final class ScoresFile {
  private ScoresFile() {}

  static void write(Path file, InfluenceScores scores, SelfInfluence self, boolean perLayer)
      throws IOException {
    SafetensorsWriter writer = Safetensors.writer();
    writer.add("pairwise", pairs(scores, scores::scores));
    double[] own = self.scores();
    writer.add("self", TensorView.of(own, own.length));
    if (perLayer) {
      for (String layer : scores.layers()) {
        writer.add("pairwise." + layer, pairs(scores, q -> scores.layerScores(layer, q)));
      }
    }
    writer.write(file);
  }

  private static TensorView pairs(InfluenceScores scores, IntFunction<double[]> ofQuery) {
    int queries = scores.queries();
    int examples = Math.toIntExact(scores.examples());
    double[] all = new double[Math.multiplyExact(queries, examples)];
    for (int q = 0; q < queries; q++) {
      System.arraycopy(ofQuery.apply(q), 0, all, q * examples, examples);
    }
    return TensorView.of(all, queries, examples);
  }
}
