/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.LifetimesTest;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Without the check for leaks: one of these tests leaks on purpose. */
class CudaLifetimesTest extends LifetimesTest {
  @BeforeAll
  static void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  /** Other tests count what is left on the device. */
  @AfterAll
  static void waitForTheCollector() throws InterruptedException {
    for (int i = 0; !StandIns.real() && i < 300 && StandIns.liveObjects() != 0; i++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(StandIns.real() ? 0 : StandIns.liveObjects()).isZero();
  }

  @Override
  protected String backend() {
    return "cuda";
  }

  @Override
  protected int slowDimension() {
    return StandIns.real() ? 12_000 : 500;
  }
}
