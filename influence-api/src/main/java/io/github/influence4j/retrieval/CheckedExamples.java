/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import io.github.influence4j.internal.replays.CheckedSource;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Training data whose examples must be the same each time they are asked for. Those of the first
 * time are remembered, 32 bytes each; later ones are among them.
 */
final class CheckedExamples {
  private static final String NAME = "training data";

  private final IndexedGradients train;
  private long[] known = new long[0];
  private @Nullable CheckedSource first;

  CheckedExamples(IndexedGradients train) {
    this.train = train;
  }

  GradientSource examples(long... numbers) {
    GradientSource source = train.examples(numbers.clone());
    CheckedSource before = first;
    if (before == null) {
      known = numbers.clone();
      first = CheckedSource.numbered(source, NAME, numbers);
      return first;
    }
    int[] places = Arrays.stream(numbers).mapToInt(n -> Arrays.binarySearch(known, n)).toArray();
    return before.subset(source, numbers, places);
  }
}
