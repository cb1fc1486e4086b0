/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.MemoryBudgetTest;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.spi.BackendProvider;
import java.util.List;
import java.util.regex.Pattern;

/** {@link MemoryBudgetTest} on the CPU backend. */
class CpuMemoryBudgetTest extends MemoryBudgetTest {
  private static final Pattern REFUSAL =
      Pattern.compile(".*The workspace of a thread needs .*maxMemory=1048576.*", Pattern.DOTALL);

  /** Two workspaces of 12 MiB, the smallest work, and half of what the layers take. */
  private static final Budgets BUDGETS =
      new Budgets(66L << 20, 2, 57L << 20, 53L << 20, 36L << 20, 1L << 20, REFUSAL);

  CpuMemoryBudgetTest() {
    super(new Workload(6, 399, 300, 12, 40, 128, 16), BUDGETS);
  }

  @Override
  protected BackendProvider provider() {
    return new CpuBackendProvider();
  }

  @Override
  protected List<LowRank> lowRanks() {
    return List.of(LowRank.randomized(64));
  }

  /** Rank 32 leaves more of the norm, rank 64 0.11 at most. */
  @Override
  protected LowRank adaptive() {
    return LowRank.randomized(32).withMaxResidual(0.14);
  }

  @Override
  protected int raisedRank() {
    return 64;
  }
}
