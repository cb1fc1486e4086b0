/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Prints by how much capturing gradients makes the process grow, in MB: the most that was resident,
 * less what was before. For a directory of {@link RandomCheckpoint}, two batches of four sequences,
 * on one thread.
 *
 * <pre>{@code
 * LM=examples/language-models/target
 * java -cp "$LM/test-classes:$LM/lib/*" io.github.influence4j.examples.lm.attribute.CaptureMemory DIR \
 *     LAYERS [recomputed]
 * }</pre>
 */
final class CaptureMemory {
  private static final int BATCH = 4;

  private CaptureMemory() {}

  /** Measures once; another measurement takes another process. */
  public static void main(String[] arguments) throws IOException {
    Torch.load();
    Path directory = Path.of(arguments[0]);
    LanguageModel.Builder builder =
        LanguageModel.builder(directory).layers(arguments[1]).batchSize(BATCH);
    if (arguments.length > 2) {
      builder.withRecomputedBlocks();
    }
    List<Piece> corpus = IdTables.pieces(directory.resolve("corpus.safetensors"), "train", false);
    try (LanguageModel model = builder.open()) {
      long before = ProcessUse.residentBytes();
      model
          .gradients(corpus.subList(0, 2 * BATCH).stream().map(Piece::sequence).toList())
          .dataLabels()
          .replay(batch -> {});
      System.out.println((ProcessUse.peakResidentBytes() - before) / 1_000_000);
    }
  }
}
