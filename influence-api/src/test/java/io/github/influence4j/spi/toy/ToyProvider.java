/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.toy;

import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;

/** Provides the backend of docs/writing-a-backend.md. */
final class ToyProvider implements BackendProvider {
  @Override
  public String name() {
    return "toy";
  }

  @Override
  public int priority() {
    return -1;
  }

  @Override
  public Availability availability() {
    return Availability.yes("plain loops");
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    return new ToyBackend(options.precision());
  }
}
