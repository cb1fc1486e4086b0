/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendProvider;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds the backend to use. */
final class Backends {
  private Backends() {}

  /** All providers, the most preferred first. */
  static List<BackendProvider> providers() {
    List<BackendProvider> found = new ArrayList<>();
    // Our own class loader first: in an application server the thread's may see less, or more.
    ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader()).forEach(found::add);
    ServiceLoader.load(BackendProvider.class)
        .forEach(
            provider -> {
              if (found.stream().noneMatch(p -> p.name().equals(provider.name()))) {
                found.add(provider);
              }
            });
    found.sort(
        Comparator.comparingInt(BackendProvider::priority)
            .reversed()
            .thenComparing(BackendProvider::name));
    return found;
  }

  /**
   * Picks a provider.
   *
   * @param forced the name asked for, null for the best that is available
   */
  static BackendProvider choose(List<BackendProvider> providers, @Nullable String forced) {
    if (forced == null) {
      return providers.stream()
          .filter(provider -> provider.availability().available())
          .findFirst()
          .orElseThrow(
              () -> new IllegalStateException("No backend. Found: " + describe(providers)));
    }
    for (BackendProvider provider : providers) {
      if (provider.name().equals(forced)) {
        Availability availability = provider.availability();
        if (!availability.available()) {
          throw new IllegalStateException(
              "Backend \"" + forced + "\" is unavailable: " + availability.detail());
        }
        return provider;
      }
    }
    throw new IllegalArgumentException(
        "No backend named \""
            + forced
            + "\". Found: "
            + describe(providers)
            + ". Add its module to the class path or module path.");
  }

  private static String describe(List<BackendProvider> providers) {
    return providers.stream()
        .map(
            provider -> {
              Availability availability = provider.availability();
              return provider.name()
                  + (availability.available() ? " (available: " : " (unavailable: ")
                  + availability.detail()
                  + ")";
            })
        .collect(Collectors.joining(", "));
  }
}
