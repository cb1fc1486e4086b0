/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryGridTest {
  private static QueryGrid<String> grid(int dampings, String... items) {
    Iterator<String> next = List.of(items).iterator();
    return QueryGrid.of(dampings, items.length / dampings, next::next);
  }

  @Test
  void aFactorIsAQueryUnderADamping() {
    QueryGrid<String> grid = grid(2, "a0", "a1", "a2", "b0", "b1", "b2");
    assertThat(grid.factors()).isEqualTo(6);
    assertThat(grid.queries()).isEqualTo(3);
    assertThat(grid.get(0, 2)).isEqualTo("a2").isEqualTo(grid.get(2));
    assertThat(grid.get(1, 1)).isEqualTo("b1").isEqualTo(grid.get(4));
    assertThat(grid.map(String::length).all()).containsOnly(2).hasSize(6);
  }

  @Test
  void aQueryOfTheNextDampingIsNoQueryOfThisOne() {
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> grid(2, "a0", "a1", "b0", "b1").get(0, 2))
        .withMessage("Query 2 of 2.");
  }

  @Test
  void queriesAreCutAndJoinedUnderEachDamping() {
    QueryGrid<String> grid = grid(2, "a0", "a1", "a2", "b0", "b1", "b2");
    assertThat(grid.range(1, 3).all()).containsExactly("a1", "a2", "b1", "b2");
    assertThat(grid.range(0, 1).then(grid.range(1, 3)).all()).isEqualTo(grid.all());
    QueryGrid<String> none = QueryGrid.of(2, 0, () -> "");
    assertThat(none.then(grid).all()).isEqualTo(grid.all());
  }

  @Test
  void scoresHaveARowAFactor() {
    ScoreMatrix scores = new ScoreMatrix(new double[] {1, 2, 3, 4, 5, 6}, 3);
    assertThat(scores.get(1, 2)).isEqualTo(6);
    assertThat(scores.slice(1, 1, 3)).containsExactly(5, 6);
    ScoreMatrix copy = scores.copy();
    scores.add(new double[] {10, 10, 10, 20, 20, 20});
    assertThat(scores.get(0, 0)).isEqualTo(11);
    assertThat(copy.get(0, 0)).isEqualTo(1);
  }
}
