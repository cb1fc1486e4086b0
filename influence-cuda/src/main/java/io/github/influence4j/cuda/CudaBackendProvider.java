/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;

/** Provides the CUDA backend, which is preferred to all others where there is a GPU. */
public final class CudaBackendProvider implements BackendProvider {
  private static final String NOT_BUILT =
      "not built yet: this version of influence-cuda holds no kernels; use the backend cpu or"
          + " reference.";

  /** For the service loader. */
  public CudaBackendProvider() {}

  @Override
  public String name() {
    return "cuda";
  }

  @Override
  public int priority() {
    return 200;
  }

  @Override
  public Availability availability() {
    return Availability.no(NOT_BUILT);
  }

  @Override
  public ComputeBackend create(BackendOptions options) {
    throw new IllegalStateException("Backend \"cuda\" is unavailable: " + NOT_BUILT);
  }
}
