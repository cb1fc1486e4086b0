/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import java.util.function.Function;

/**
 * Backend cuda as a test wants it.
 *
 * @param backends makes one
 */
record TunedProvider(Function<BackendOptions, ComputeBackend> backends) implements BackendProvider {
  @Override
  public String name() {
    return CudaBackendProvider.NAME;
  }

  @Override
  public int priority() {
    return 0;
  }

  @Override
  public Availability availability() {
    return CudaProbe.availability(List.of());
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    return backends.apply(options);
  }
}
