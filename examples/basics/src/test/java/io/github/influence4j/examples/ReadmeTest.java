/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import io.github.influence4j.testing.ReadmeProgramContract;

final class ReadmeTest extends ReadmeProgramContract {
  ReadmeTest() {
    super(QuickStart.class);
  }
}
