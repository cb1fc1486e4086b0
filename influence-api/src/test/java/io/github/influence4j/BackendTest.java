/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.BeforeEach;

/** A test that every backend runs, skipped where there is none and none is required. */
public abstract class BackendTest {
  /** For subclasses. */
  protected BackendTest() {}

  /**
   * The backend under test.
   *
   * @return its provider, found by the service loader too
   */
  protected abstract BackendProvider provider();

  @BeforeEach
  final void skipWhereUnavailable() {
    String required = System.getProperty("influence4j.test.requireBackend");
    Availability availability = provider().availability();
    assumeTrue(
        availability.available() || provider().name().equals(required), availability.detail());
  }
}
