/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.spi.BackendProvider;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is written once for all backends. */
class SupportTest {
  @Test
  void runsAreAsLongAsFitAndOfOneForm() {
    int[] lengths = {1, 1, 5, 6, 1, 9};
    List<Runs.Run<Boolean>> runs =
        Runs.of(6, e -> lengths[e] > 4, (large, first, end) -> !large || end - first < 2);
    assertThat(runs)
        .containsExactly(
            new Runs.Run<>(false, 0, 2),
            new Runs.Run<>(true, 2, 3),
            new Runs.Run<>(true, 3, 4),
            new Runs.Run<>(false, 4, 5),
            new Runs.Run<>(true, 5, 6));
    assertThat(Runs.of(0, e -> true, (form, first, end) -> true)).isEmpty();
  }

  @Test
  void columnsGoWhereTheyCameFrom() {
    double[] table = {1, 2, 3, 4, 5, 6};
    assertThat(Columns.take(table, 3, 1, 2)).containsExactly(2, 3, 5, 6);
    double[] copy = new double[6];
    Columns.put(new double[] {2, 3, 5, 6}, 2, copy, 3, 1);
    assertThat(copy).containsExactly(0, 2, 3, 0, 5, 6);
  }

  @Test
  void ledgerRefusesWhatDoesNotFit() {
    MemoryLedger ledger = new MemoryLedger(10);
    ledger.take(6, "a tensor", "less");
    ledger.give(2);
    assertThat(ledger.free()).isEqualTo(6);
    assertThatIllegalStateException()
        .isThrownBy(() -> ledger.take(7, "a tensor", "or take fewer"))
        .withMessage(
            "a tensor needs 7 bytes, which do not fit beside 4 bytes in use into maxMemory=10;"
                + " raise Influence.builder().maxMemory, or take fewer.");
    assertThat(ledger.peak()).isEqualTo(6);
  }

  @Test
  void testMatrixIsStandardNormalAndGrowsByRows() {
    double[] matrix = TestMatrix.of(3, 500, 20);
    assertThat(Arrays.stream(matrix).average().orElseThrow()).isBetween(-0.03, 0.03);
    assertThat(Arrays.stream(matrix).map(x -> x * x).average().orElseThrow()).isBetween(0.95, 1.05);
    assertThat(TestMatrix.of(3, 2, 20)).isEqualTo(Arrays.copyOf(matrix, 40));
    assertThat(TestMatrix.width(4, 100, 12)).isEqualTo(12);
  }

  /** docs/writing-a-backend.md lists them. */
  @Test
  void aBackendHasSeventeenMethodsToWrite() {
    long methods =
        Stream.of(
                BackendProvider.class,
                SerialBackend.class,
                OwnedTensor.class,
                OwnedCovariance.class)
            .flatMap(type -> Arrays.stream(type.getMethods()))
            .filter(method -> Modifier.isAbstract(method.getModifiers()))
            .count();
    // And one that is not public.
    assertThat(methods + 1).isEqualTo(17);
  }
}
