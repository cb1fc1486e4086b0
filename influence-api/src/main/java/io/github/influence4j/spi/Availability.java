/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * Whether a backend can run here.
 *
 * @param available true if it can
 * @param detail what was found: the device or library when available, else the reason and its fix
 *     in one sentence
 */
public record Availability(boolean available, String detail) {
  /**
   * The backend can run.
   *
   * @param detail what it would run on
   * @return an answer
   */
  public static Availability yes(String detail) {
    return new Availability(true, detail);
  }

  /**
   * The backend cannot run.
   *
   * @param reason why, and how to fix it
   * @return an answer
   */
  public static Availability no(String reason) {
    return new Availability(false, reason);
  }
}
