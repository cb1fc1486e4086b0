/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

/**
 * How long a fuzzer runs. All fuzzers of a build share a minute, in CI two; {@code
 * -Dinfluence4j.fuzz.factor=30} makes each of them thirty times as long, and {@code
 * -Dinfluence4j.seed=random} lets them try something else than in the last run.
 *
 * <pre>{@code
 * FuzzBudget budget = FuzzBudget.ofSeconds(10);
 * for (int round = 0; budget.allows(round); round++) {
 *   Random random = SeededRandom.at("factor files", round);
 *   ...
 * }
 * }</pre>
 */
public final class FuzzBudget {
  /** Rounds that always run, however slow the machine is. */
  private static final int LEAST_ROUNDS = 10;

  private final long deadline;

  private FuzzBudget(long deadline) {
    this.deadline = deadline;
  }

  /**
   * Starts the clock.
   *
   * @param seconds this fuzzer's share
   * @return the budget
   */
  public static FuzzBudget ofSeconds(double seconds) {
    double factor = Double.parseDouble(System.getProperty("influence4j.fuzz.factor", "1"));
    return new FuzzBudget(System.nanoTime() + (long) (seconds * factor * 1e9));
  }

  /**
   * Whether another round may begin.
   *
   * @param round its number, from 0
   * @return true while there is time, and for the first ten
   */
  public boolean allows(int round) {
    return round < LEAST_ROUNDS || System.nanoTime() < deadline;
  }
}
