/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import io.github.influence4j.huggingface.config.Description;
import io.github.influence4j.huggingface.config.Positions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Refuses tokens that a model does not know, before PyTorch does so without saying which. */
final class SequenceChecks {
  private static final int MOST_ROWS = Integer.MAX_VALUE;

  private SequenceChecks() {}

  static void require(List<TokenSequence> sequences, Description model) {
    int vocabulary = model.architecture().sizes().vocabulary();
    for (int s = 0; s < sequences.size(); s++) {
      TokenSequence sequence = sequences.get(s);
      requireTokens("Sequence " + s, sequence.ids(), vocabulary, false);
      requireTokens("Sequence " + s, sequence.labels(), vocabulary, true);
      requireLength("Sequence " + s, sequence.length() - 1, model);
    }
  }

  static void requireRectangle(
      long[][] ids, long @Nullable [][] mask, long @Nullable [][] positions, Description model) {
    if (ids.length == 0 || ids[0].length == 0) {
      throw new IllegalArgumentException("There are no token ids.");
    }
    requireShape("Token ids", ids, ids);
    requireShape("The attention mask", mask, ids);
    requireShape("Position ids", positions, ids);
    for (int s = 0; s < ids.length; s++) {
      requireTokens("Sequence " + s, ids[s], model.architecture().sizes().vocabulary(), false);
    }
    if (positions == null) {
      requireLength("A sequence", ids[0].length, model);
      return;
    }
    for (long[] sequence : positions) {
      for (long position : sequence) {
        if (position < 0) {
          throw new IllegalArgumentException("A position id is " + position + ".");
        }
        if (position >= MOST_ROWS) {
          throw new IllegalArgumentException(
              "A position id is " + position + ", expected less than " + MOST_ROWS + ".");
        }
        requireLength("A sequence", (int) position + 1, model);
      }
    }
  }

  private static void requireShape(String what, long @Nullable [][] values, long[][] ids) {
    if (values == null) {
      return;
    }
    boolean same = values.length == ids.length;
    for (int s = 0; same && s < ids.length; s++) {
      same = values[s].length == ids[0].length;
    }
    if (!same) {
      throw new IllegalArgumentException(
          what
              + " must be ["
              + ids.length
              + "]["
              + ids[0].length
              + "], as the first row of token"
              + " ids says.");
    }
  }

  private static void requireTokens(String what, long[] ids, int vocabulary, boolean labels) {
    for (long id : ids) {
      if ((id < 0 || id >= vocabulary) && !(labels && id == TokenSequence.IGNORED)) {
        throw new IllegalArgumentException(
            what
                + " has "
                + (labels ? "label " : "token ")
                + id
                + ", but the model knows 0 to "
                + (vocabulary - 1)
                + "; is it of another tokenizer?");
      }
    }
  }

  private static void requireLength(String what, int rows, Description model) {
    if (model.architecture().positions() instanceof Positions.Learned learned
        && rows > learned.count()) {
      throw new IllegalArgumentException(
          what
              + " has "
              + rows
              + " rows, but the model has learned "
              + learned.count()
              + " positions; cut the text.");
    }
  }
}
