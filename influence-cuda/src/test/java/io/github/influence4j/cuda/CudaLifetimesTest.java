/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.LifetimesTest;
import org.junit.jupiter.api.BeforeAll;

/** Without the check for leaks: one of these tests leaks on purpose. */
class CudaLifetimesTest extends LifetimesTest {
  @BeforeAll
  static void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  @Override
  protected String backend() {
    return "cuda";
  }

  @Override
  protected int slowDimension() {
    return 1200;
  }
}
