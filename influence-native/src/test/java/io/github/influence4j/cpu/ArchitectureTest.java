/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.testing.ArchitectureContract;

class ArchitectureTest extends ArchitectureContract {
  ArchitectureTest() {
    super(
        CpuBackendProvider.class,
        "io.github.influence4j.cpu.memory.WorkerPool"); // for its own tests
  }
}
