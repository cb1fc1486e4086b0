/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.MemoryBudgetTest;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.spi.BackendProvider;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link MemoryBudgetTest} on the CUDA backend, which the stand-ins confirm. */
@ExtendWith({Required.class, Leaks.class})
class CudaMemoryBudgetTest extends MemoryBudgetTest {
  private static final Pattern REFUSAL =
      Pattern.compile(
          Pattern.quote(
              "a buffer for copies needs 262144 bytes, which do not fit beside 262144 bytes in use"
                  + " into maxMemory=307200; raise Influence.builder().maxMemory, or choose backend"
                  + " cpu."));

  /** The smallest work, and what half of the layers take. */
  private static final Budgets BUDGETS =
      new Budgets(17L << 19, 3, 67L << 17, 65L << 17, 6L << 20, 300L << 10, REFUSAL);

  CudaMemoryBudgetTest() {
    super(new Workload(4, 119, 90, 12, 30, 100, 100), BUDGETS);
  }

  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }

  @Override
  protected List<LowRank> lowRanks() {
    return List.of(LowRank.randomized(24), LowRank.full(24));
  }

  @Override
  protected LowRank adaptive() {
    return LowRank.randomized(16).withMaxResidual(0.14);
  }

  @Override
  protected int raisedRank() {
    return 32;
  }

  @Override
  protected void limitMemory(long bytes) {
    if (!StandIns.real()) {
      StandIns.capacity(Math.min(bytes, 1L << 30));
    }
  }
}
