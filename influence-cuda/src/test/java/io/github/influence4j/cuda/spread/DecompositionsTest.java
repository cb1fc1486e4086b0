/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.SeededRandom;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DecompositionsTest {
  private static List<List<Integer>> shares(int devices, int... sizes) {
    return Decompositions.shares(IntStream.of(sizes).map(n -> n * n).toArray(), devices);
  }

  /** A matrix of 20 costs as much as eight of 10. */
  @Test
  void costsAreCubes() {
    assertThat(shares(2, 10, 10, 10, 10, 20, 10, 10, 10, 10))
        .containsExactly(List.of(4), List.of(0, 1, 2, 3, 5, 6, 7, 8));
  }

  @Test
  void fewMatricesLeaveDevicesWithout() {
    assertThat(shares(3, 5)).containsExactly(List.of(0), List.of(), List.of());
    assertThat(shares(2)).containsExactly(List.of(), List.of());
  }

  /** No device has more than another by more than its last matrix, which is its smallest. */
  @Test
  void noDeviceHasMuchMoreThanAnother() {
    Random random = SeededRandom.at("shares of eigendecompositions");
    int[] sizes = random.ints(200, 1, 300).toArray();
    List<List<Integer>> shares = shares(3, sizes);
    assertThat(shares.stream().flatMap(List::stream).sorted())
        .containsExactlyElementsOf(IntStream.range(0, sizes.length).boxed().toList());
    double least = shares.stream().mapToDouble(own -> cost(own, sizes)).min().orElseThrow();
    for (List<Integer> own : shares) {
      double smallest = own.stream().mapToDouble(i -> Math.pow(sizes[i], 3)).min().orElseThrow();
      assertThat(cost(own, sizes) - least).isLessThanOrEqualTo(smallest * (1 + 1e-9));
    }
  }

  private static double cost(List<Integer> own, int... sizes) {
    return own.stream().mapToDouble(i -> Math.pow(sizes[i], 3)).sum();
  }
}
