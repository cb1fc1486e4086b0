/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.reference.ReferenceBackend;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What reading a batch takes. */
class BatchReaderTest {
  /** All layers together would need all of the heap twice over. */
  @Test
  void heapIsAskedForTheLayersThatAreRead() {
    int count = 2000;
    List<LayerSpec> model =
        IntStream.range(0, count).mapToObj(i -> LayerSpec.linear("layer" + i, 1, 1)).toList();
    long heap = Runtime.getRuntime().maxMemory();
    int examples = (int) Math.min(1 << 28, 2 * heap / count / Integer.BYTES);
    LayerBatch[] uses =
        model.stream().map(layer -> LayerBatch.empty(layer)).toArray(LayerBatch[]::new);
    GradientBatch batch = GradientBatch.of(examples, uses);
    try (ReferenceBackend backend = new ReferenceBackend();
        BatchReader one = new BatchReader(model, model.subList(0, 1), backend);
        BatchReader all = new BatchReader(model, model, backend)) {
      assertThat(one.read(batch).get(0).examples()).isEqualTo(examples);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> all.read(batch))
          .withMessageContaining("of Java heap");
    }
  }
}
