/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.LifetimesTest;

class CpuLifetimesTest extends LifetimesTest {
  @Override
  protected String backend() {
    return "cpu";
  }

  @Override
  protected int slowDimension() {
    return 2500;
  }
}
