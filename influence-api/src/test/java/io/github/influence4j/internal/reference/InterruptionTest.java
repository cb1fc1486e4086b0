/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.concurrent.CancellationException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** A decomposition that was given up must not go on computing for minutes. */
class InterruptionTest {
  private static final double[] MATRIX = {2, 1, 1, 3};

  @Test
  void eigendecompositionsEnd() {
    assertEnds(() -> SymmetricEigenSolver.solve(MATRIX));
  }

  @Test
  void singularValueDecompositionsEnd() {
    assertEnds(
        () ->
            RowJacobi.orthogonalise(
                new DenseMatrix(2, 2, MATRIX.clone()), DenseMatrix.zeros(2, 2)));
  }

  private static void assertEnds(ThrowingCallable decomposition) {
    Thread.currentThread().interrupt();
    try {
      assertThatExceptionOfType(CancellationException.class)
          .isThrownBy(decomposition)
          .withMessageContaining("interrupted");
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
