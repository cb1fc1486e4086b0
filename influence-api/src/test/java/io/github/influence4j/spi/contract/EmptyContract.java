/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Operations.ALWAYS;
import static io.github.influence4j.spi.contract.Operations.covariances;
import static io.github.influence4j.spi.contract.Operations.gradients;
import static io.github.influence4j.spi.contract.Operations.selfScores;
import static io.github.influence4j.spi.contract.Operations.squares;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Examples and batches without rows. */
@Tag("empty")
abstract class EmptyContract extends BackendContract {
  EmptyContract(BackendProvider backends) {
    super(backends);
  }

  /** Masks may leave an example without rows: its gradient is zero. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void examplesWithoutRowsHaveNoGradient(Precision precision) {
    LayerProblem some = LayerProblem.of(400, 7, 9, true, 2, 3, 1);
    TestExamples kept = some.examples();
    int[] offsets = kept.offsets();
    int[] padded = {0, 0, offsets[1], offsets[1], offsets[2], offsets[2]};
    TestExamples examples = new TestExamples(kept.activations(), kept.gradients(), padded);
    try (Session session = open(precision)) {
      for (int below : new int[] {0, ALWAYS}) {
        assertSameBits(
            "squares", squares(session, some.with(examples), below), squares(session, some, below));
        double[][] self = selfScores(session, some.with(examples), below);
        double[][] expected = selfScores(session, some, below);
        assertThat(self[0]).containsExactly(0, expected[0][0], 0, expected[0][1], 0);
        double[] scores = session.backend().score(examples.rows(), some.dense(session), below);
        double[] low = session.backend().score(examples.rows(), some.lowRank(session), below);
        for (int q = 0; q < LayerProblem.QUERIES; q++) {
          for (int e = 0; e < 5; e += 2) {
            assertThat(scores[q * 5 + e]).isZero();
            assertThat(low[q * 5 + e]).isZero();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void batchesWithoutRowsChangeNothing(Precision precision) {
    LayerProblem problem = LayerProblem.of(401, 7, 9, true, 2, 3, 1);
    TestExamples empty =
        new TestExamples(
            problem.examples().activations().select(),
            problem.examples().gradients().select(),
            new int[] {0, 0, 0});
    LayerProblem nothing = problem.with(empty);
    try (Session session = open(precision)) {
      assertThat(covariances(session, List.of(empty), 2)).containsOnly(0);
      assertThat(squares(session, nothing, 2)).containsOnly(0);
      assertThat(selfScores(session, nothing, 2)[0]).containsExactly(0, 0);
      assertThat(gradients(session, nothing, new int[] {0, -1}, 1, 2)).containsOnly(0);
      assertThat(session.backend().score(empty.rows(), problem.dense(session), 2))
          .hasSize(2 * LayerProblem.QUERIES)
          .containsOnly(0);
      assertThat(session.backend().scoreRows(empty.rows(), problem.dense(session))).isEmpty();
      assertThat(session.backend().scoreRows(empty.rows(), problem.lowRank(session))).isEmpty();
    }
  }
}
