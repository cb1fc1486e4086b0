/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

class ReferenceLifetimesTest extends LifetimesTest {
  @Override
  protected String backend() {
    return "reference";
  }

  @Override
  protected int slowDimension() {
    return 500;
  }
}
