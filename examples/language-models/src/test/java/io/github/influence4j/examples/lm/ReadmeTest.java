/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.testing.ReadmeProgramContract;

final class ReadmeTest extends ReadmeProgramContract {
  ReadmeTest() {
    super(SpamFilter.class);
  }
}
