/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.internal.text.VisibleText;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The backend of an {@link Influence}, chosen and started. */
record OpenedBackend(ComputeBackend backend, BackendDescription description, long maxMemory) {
  /** Named by what users know. */
  private static final Logger LOGGER = System.getLogger("io.github.influence4j.Influence");

  /**
   * Chooses a backend and starts it.
   *
   * @param named by the builder; null for what the system property says, or the best there is
   * @param options all but the budget
   * @param maxMemory the budget, null for the backend's own
   */
  static OpenedBackend open(
      @Nullable String named, BackendOptions options, @Nullable Long maxMemory) {
    String forced = named == null ? System.getProperty(Settings.BACKEND) : named;
    List<BackendProvider> providers = Backends.providers();
    BackendProvider provider = Backends.choose(providers, forced, options.devices());
    String insteadOf = forced == null ? Backends.insteadOf(providers, provider) : "";
    long memory = maxMemory == null ? Backends.defaultMaxMemory(provider, options) : maxMemory;
    ComputeBackend created = provider.create(options.withMaxMemory(memory));
    BackendDescription description = created.description().instead(insteadOf);
    if (!insteadOf.isEmpty()) {
      LOGGER.log(
          Level.WARNING,
          "Influence4J uses backend \"{0}\" instead of {1}",
          provider.name(),
          VisibleText.line(insteadOf)); // holds paths
    }
    LOGGER.log(Level.INFO, "Influence4J backend: {0}", created.description());
    return new OpenedBackend(created, description, memory);
  }
}
