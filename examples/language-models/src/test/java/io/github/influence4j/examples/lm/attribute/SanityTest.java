/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.lm.attribute.MatrixCheck.Finding;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A small model that was trained for the test, and damaged. */
final class SanityTest {
  private static final int TARGETS = 2048;
  private static LanguageModel model;
  private static List<Piece> corpus;

  @BeforeAll
  static void train() throws IOException {
    model = TrainedCheckpoint.open();
    corpus = TrainedCheckpoint.pieces(model);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Sanity look(int targets) {
    return Sanity.of(model, corpus, targets, new PrintWriter(Writer.nullWriter()));
  }

  @Test
  void aSoundModelGivesNoWarning() {
    Sanity sanity = look(TARGETS);
    assertThat(sanity.warnings()).isEmpty();
    assertThat(sanity.toString()).contains("10 matrices were looked at");
    assertThat(look(0).cost()).isEmpty();
  }

  /** Also those that are not square, whose numbers are put under the same shape. */
  @Test
  void everyTransposedMatrixIsNamedAndNoOther() {
    int damaged = 0;
    for (Map.Entry<String, Tensor> entry : model.tensors().entrySet()) {
      Tensor matrix = entry.getValue();
      if (!entry.getKey().contains(".h.") || matrix.dim() != 2) {
        continue;
      }
      Tensor kept = matrix.clone();
      boolean square = matrix.size(0) == matrix.size(1);
      for (int way = 0; way < (square ? 1 : 2); way++) {
        set(matrix, transposed(kept, way));
        Sanity sanity = look(TARGETS);
        set(matrix, kept);
        assertThat(sanity.findings())
            .as(entry.getKey())
            .filteredOn(Finding::transposed)
            .extracting(Finding::tensor)
            .containsExactly(entry.getKey());
        assertThat(sanity.warnings())
            .anyMatch(line -> line.startsWith("WARNING") && line.contains(entry.getKey()));
      }
      damaged++;
    }
    assertThat(damaged).isEqualTo(8);
  }

  @Test
  void lookingChangesNoBit() {
    double[] before = Losses.of(model, corpus.get(3).sequence());
    look(TARGETS);
    assertThat(Losses.of(model, corpus.get(3).sequence())).containsExactly(before);
  }

  private static Tensor transposed(Tensor matrix, int way) {
    Tensor out =
        way == 0
            ? matrix.t().reshape(matrix.size(0), matrix.size(1))
            : matrix.reshape(matrix.size(1), matrix.size(0)).t();
    return out.contiguous().clone();
  }

  @SuppressWarnings("try") // scopes are guards
  private static void set(Tensor matrix, Tensor values) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      matrix.copy_(values);
    }
  }
}
