/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Fails the build where the backend it was told to require is not the one users get: a silent
 * fallback would leave every other test green.
 */
@EnabledIfSystemProperty(named = RequiredBackendTest.PROPERTY, matches = ".+")
class RequiredBackendTest {
  static final String PROPERTY = "influence4j.test.requireBackend";

  @Test
  void isTheDefault() {
    try (Influence influence = Influence.builder().layers(LayerSpec.linear("fc", 2, 2)).build()) {
      assertThat(influence.backend().name()).isEqualTo(System.getProperty(PROPERTY));
    }
  }
}
