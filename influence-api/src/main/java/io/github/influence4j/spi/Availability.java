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
 * @param fault true if it should run here, but something is missing, damaged or not allowed; false
 *     where the machine is simply not one for it
 */
public record Availability(boolean available, String detail, boolean fault) {
  /**
   * The backend can run.
   *
   * @param detail what it would run on
   * @return an answer
   */
  public static Availability yes(String detail) {
    return new Availability(true, detail, false);
  }

  /**
   * The backend is not for this machine: no such device, another system.
   *
   * @param reason why, and how to fix it
   * @return an answer
   */
  public static Availability no(String reason) {
    return new Availability(false, reason, false);
  }

  /**
   * The backend should run here but cannot; users are warned where another one takes its place.
   *
   * @param reason why, and how to fix it
   * @return an answer
   */
  public static Availability faulty(String reason) {
    return new Availability(false, reason, true);
  }
}
