/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.SeededRandom;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The chosen form of an operation is the cheaper one by the model's own operation counts. */
class CostModelTest {
  private static final int[] SIDES = {1, 2, 3, 7, 10, 65, 129, 768, 3073};
  private static final int[] COUNTS = {1, 2, 3, 10, 100, 4096};

  @Test
  void countsOfTheMethod() {
    CostModel model = new CostModel(5, 3, 1);
    assertThat(model.covariance(7)).isEqualTo(7 * (25 + 9));
    assertThat(model.rotateRows(7)).isEqualTo(2 * 7 * (25 + 9) + 2 * 7 * 15);
    assertThat(model.rotateGradient(7)).isEqualTo(2 * 7 * 15 + 2 * 15 * 8);
    assertThat(model.scoreByGradient(7, 4)).isEqualTo(2 * 15 * (7 + 4));
    assertThat(model.scoreByRows(7, 4)).isEqualTo(2 * 7 * 4 * 15);
    assertThat(model.scoreByLowRank(7, 4, 2)).isEqualTo(2 * 7 * 4 * 2 * 8);
    assertThat(model.precondition()).isEqualTo(15 + 2 * 15 * 8);
    assertThat(model.preconditionLowRank(2)).isEqualTo(12 * 15 * 12 + 2 * 2 * 34);
    assertThat(model.eigendecomposition()).isEqualTo(9 * (125 + 27));
  }

  @Test
  void blocksDivideCovariancesByTheirNumberAndEigendecompositionsByItsSquare() {
    CostModel full = new CostModel(64, 32, 1);
    CostModel four = new CostModel(64, 32, 4);
    assertThat(four.covariance(3)).isEqualTo(full.covariance(3) / 4);
    assertThat(four.rotation()).isEqualTo(full.rotation() / 4);
    assertThat(four.eigendecomposition()).isEqualTo(full.eigendecomposition() / 16);
    assertThat(four.rotateRowsBelow()).isEqualTo(full.rotateRowsBelow());
    assertThat(four.factorBytes(8)).isLessThan(full.factorBytes(8));
  }

  @ParameterizedTest
  @CsvSource({"5,3,4", "768,768,768", "3073,768,904", "2,1,2", "1,1,2"})
  void rowsAreRotatedBelowTheBreakEven(int inputs, int outputs, int expected) {
    // T* = MP(M+P)/(M²+P²), rounded up, and one row is always rotated.
    assertThat(new CostModel(inputs, outputs, 1).rotateRowsBelow()).isEqualTo(expected);
  }

  @Test
  void theCheaperRotationIsChosen() {
    for (int inputs : SIDES) {
      for (int outputs : SIDES) {
        CostModel model = new CostModel(inputs, outputs, 1);
        int below = model.rotateRowsBelow();
        for (int rows : new int[] {2, below - 1, below, below + 1, 2 * below}) {
          boolean cheaper = model.rotateRows(rows) < model.rotateGradient(rows);
          if (rows >= 2) {
            assertThat(rows < below).as("%s, %d rows", model, rows).isEqualTo(cheaper);
          }
        }
      }
    }
  }

  @Test
  void theCheaperScoreOfDenseQueriesIsChosen() {
    CostModel model = new CostModel(65, 10, 1);
    for (int queries : COUNTS) {
      int below = model.withoutGradientBelow(queries, 0);
      for (int rows : COUNTS) {
        boolean cheaper = model.scoreByRows(rows, queries) <= model.scoreByGradient(rows, queries);
        assertThat(rows < below).as("%d queries, %d rows", queries, rows).isEqualTo(cheaper);
      }
    }
  }

  @Test
  void theCheaperScoreOfTruncatedQueriesIsChosen() {
    Random random = SeededRandom.at("CostModel");
    for (int i = 0; i < 2000; i++) {
      CostModel model = new CostModel(2 + random.nextInt(900), 2 + random.nextInt(900), 1);
      int rank = 1 + random.nextInt(Math.min(model.inputs(), model.outputs()) - 1);
      int queries = 1 + random.nextInt(300);
      int below = model.withoutGradientBelow(queries, rank);
      // The method: low rank iff r < MP/(M+P)·(1/Q + 1/T).
      double sides = (double) model.inputs() * model.outputs() / (model.inputs() + model.outputs());
      for (int rows : IntStream.of(2, 3, 10, 100, 5000, below).filter(t -> t > 1).toArray()) {
        double margin = sides * (1.0 / queries + 1.0 / rows) - rank;
        if (Math.abs(margin) > 1e-9 * rank) {
          assertThat(rows < below || below == CostModel.ALWAYS).isEqualTo(margin > 0);
          boolean cheaper =
              model.scoreByLowRank(rows, queries, rank) < model.scoreByGradient(rows, queries);
          assertThat(margin > 0).as("%s rank %d", model, rank).isEqualTo(cheaper);
        }
      }
    }
  }

  @Test
  void ranksThatTruncateNothingStayDense() {
    CostModel model = new CostModel(20, 6, 1);
    assertThat(model.truncates(0)).isFalse();
    assertThat(model.truncates(5)).isTrue();
    assertThat(model.truncates(6)).isFalse();
    assertThat(model.queryBytes(6, 4)).isEqualTo(4 * 120);
    assertThat(model.queryBytes(2, 4)).isEqualTo(4 * 2 * 26);
    assertThat(new LayerCost("conv", model, 3).queryBytes(0, 8)).isEqualTo(3 * 8 * 120);
  }
}
