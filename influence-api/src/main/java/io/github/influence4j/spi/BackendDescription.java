/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

/**
 * What a backend runs on, for the one log line at the start and for reports.
 *
 * @param name the provider's name
 * @param device instruction set or GPU, such as {@code AVX-512}
 * @param library the libraries behind it, with versions
 * @param precision the arithmetic
 * @param threads host threads it may use
 */
public record BackendDescription(
    String name, String device, String library, Precision precision, int threads) {
  @Override
  public String toString() {
    return name + " (" + device + ", " + library + ", " + precision + ", threads " + threads + ")";
  }
}
