/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.LifetimesTest;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** Without the check for leaks: one of these tests leaks on purpose. */
@ExtendWith(Required.class)
class CudaLifetimesTest extends LifetimesTest {
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
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }

  @Override
  protected int slowDimension() {
    return StandIns.real() ? 12_000 : 500;
  }
}
