/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.internal.memory.DefaultBudget;
import io.github.influence4j.internal.natives.LoadFailures;
import io.github.influence4j.spi.Availability;
import io.github.influence4j.spi.BackendOptions;
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
    if (isOfThisLibrary(Thread.currentThread().getContextClassLoader())) {
      ServiceLoader.load(BackendProvider.class)
          .forEach(
              provider -> {
                if (found.stream().noneMatch(p -> p.name().equals(provider.name()))) {
                  found.add(provider);
                }
              });
    }
    found.sort(
        Comparator.comparingInt(BackendProvider::priority)
            .reversed()
            .thenComparing(BackendProvider::name));
    return found;
  }

  /** A class loader with a library of its own has providers of its own too, which are not ours. */
  private static boolean isOfThisLibrary(@Nullable ClassLoader loader) {
    try {
      return Class.forName(BackendProvider.class.getName(), false, loader) == BackendProvider.class;
    } catch (ClassNotFoundException e) {
      // It does not see the library, so it has no providers.
      return false;
    }
  }

  /**
   * Picks a provider.
   *
   * @param forced the name asked for, null for the best that is available
   * @param devices that it is to run on; empty for those that it takes by itself
   */
  static BackendProvider choose(
      List<BackendProvider> providers, @Nullable String forced, List<Integer> devices) {
    if (forced == null) {
      return providers.stream()
          .filter(provider -> availability(provider, devices).available())
          .findFirst()
          .orElseThrow(() -> noBackend(providers, devices));
    }
    for (BackendProvider provider : providers) {
      if (provider.name().equals(forced)) {
        Availability availability = availability(provider, devices);
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
            + describe(providers, List.of())
            + ". Add its module to the class path or module path.");
  }

  private static IllegalStateException noBackend(
      List<BackendProvider> providers, List<Integer> devices) {
    String wanted = devices.isEmpty() ? "" : " for devices " + devices;
    return new IllegalStateException(
        "No backend" + wanted + ". Found: " + describe(providers, devices));
  }

  /** The budget of a backend whose user sets none. */
  static long defaultMaxMemory(BackendProvider provider, BackendOptions options) {
    return provider.defaultMaxMemory(options).orElseGet(DefaultBudget::bytes);
  }

  /**
   * The backends that would have been preferred to the chosen one and should run here. Before the
   * backend of last resort, which is slow, these are all that are there.
   *
   * @return each with the reason; empty if there are none
   */
  static String insteadOf(List<BackendProvider> providers, BackendProvider chosen) {
    return providers.subList(0, providers.indexOf(chosen)).stream()
        .filter(provider -> chosen.priority() == 0 || ofItsOwn(provider).fault())
        .map(provider -> provider.name() + " (" + ofItsOwn(provider).detail() + ")")
        .collect(Collectors.joining(", "));
  }

  /** Also where a class that the provider needs is missing, so that it cannot answer. */
  private static Availability availability(BackendProvider provider, List<Integer> devices) {
    try {
      return provider.availability(devices);
    } catch (LinkageError e) {
      return Availability.faulty(LoadFailures.reason(e));
    }
  }

  private static Availability ofItsOwn(BackendProvider provider) {
    return availability(provider, List.of());
  }

  private static String describe(List<BackendProvider> providers, List<Integer> devices) {
    return providers.stream()
        .map(
            provider -> {
              Availability availability = availability(provider, devices);
              return provider.name()
                  + (availability.available() ? " (available: " : " (unavailable: ")
                  + availability.detail()
                  + ")";
            })
        .collect(Collectors.joining(", "));
  }
}
