/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.internal.natives.NativeLibraries;
import io.github.influence4j.spi.support.OwnedResource;

/** The system properties that this library reads. */
public final class Settings {
  /**
   * {@code influence4j.backend}: forces a backend by name (reference, cpu, cuda). The builder's own
   * choice goes before it.
   */
  public static final String BACKEND = "influence4j.backend";

  /**
   * {@code influence4j.threads}: how many threads the CPU backend uses; all processors by default.
   * The builder's own choice goes before it.
   */
  public static final String THREADS = "influence4j.threads";

  /**
   * {@code influence4j.leaks}: with the value {@code trace}, objects that were never closed are
   * logged as warnings, with the place where they were made, when the garbage collector frees them.
   * Making objects is slower then.
   */
  public static final String LEAKS = OwnedResource.PROPERTY;

  /**
   * {@code influence4j.native.dir}: the directory that native libraries are unpacked to and loaded
   * from, for images that are built with them; {@code .cache/influence4j} in the home by default.
   */
  public static final String NATIVE_DIRECTORY = NativeLibraries.DIRECTORY;

  private Settings() {}

  /** What {@link #THREADS} says; a typing error is no wish for all processors. */
  static int threads() {
    String value = System.getProperty(THREADS);
    if (value == null) {
      return Runtime.getRuntime().availableProcessors();
    }
    try {
      return Integer.parseInt(value.strip());
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          THREADS + " must be a number of threads, got \"" + value + "\"", e);
    }
  }
}
