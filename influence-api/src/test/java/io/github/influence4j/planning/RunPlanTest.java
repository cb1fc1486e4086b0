/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.planning;

final class RunPlanTest extends RunPlanContract {
  RunPlanTest() {
    super("reference", 0);
  }
}
