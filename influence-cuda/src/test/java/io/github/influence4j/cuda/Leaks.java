/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Fails a test that leaves memory or handles behind, or that misused a pointer. */
final class Leaks implements AfterEachCallback {
  @Override
  public void afterEach(ExtensionContext test) {
    if (!StandIns.real()) {
      assertThat(StandIns.liveObjects()).as("device blocks, buffers, handles left").isZero();
      assertThat(StandIns.misuses()).as("misuses of pointers, see the log").isZero();
    }
  }
}
