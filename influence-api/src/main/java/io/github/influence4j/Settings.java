/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

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

  private Settings() {}
}
