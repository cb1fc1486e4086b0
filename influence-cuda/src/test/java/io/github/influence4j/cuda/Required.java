/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips a class of tests where there is no GPU, and fails it where the stand-ins are broken. */
final class Required implements BeforeAllCallback {
  @Override
  public void beforeAll(ExtensionContext tests) {
    Scenario.assumeAvailable();
  }
}
