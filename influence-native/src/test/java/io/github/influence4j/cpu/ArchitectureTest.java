/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.testing.NoCircles;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void noCircles() {
    NoCircles.assertIn(CpuBackendProvider.class);
  }
}
