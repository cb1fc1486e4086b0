/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.compute;

/**
 * What a backend runs on, for the one log line at the start and for reports.
 *
 * @param name the provider's name
 * @param device instruction set or GPU, such as {@code AVX-512}
 * @param library the libraries behind it, with versions
 * @param precision the arithmetic
 * @param threads host threads it may use
 * @param insteadOf the preferred backends that cannot run here, each with the reason; empty if this
 *     is the first choice or was asked for by name
 */
public record BackendDescription(
    String name,
    String device,
    String library,
    Precision precision,
    int threads,
    String insteadOf) {
  /**
   * Of a backend that does not know whether it was the first choice.
   *
   * @param name the provider's name
   * @param device instruction set or GPU, such as {@code AVX-512}
   * @param library the libraries behind it, with versions
   * @param precision the arithmetic
   * @param threads host threads it may use
   */
  public BackendDescription(
      String name, String device, String library, Precision precision, int threads) {
    this(name, device, library, precision, threads, "");
  }

  /**
   * The same with what could not be used.
   *
   * @param others preferred backends, each with the reason
   * @return a description
   */
  public BackendDescription instead(String others) {
    return new BackendDescription(name, device, library, precision, threads, others);
  }

  @Override
  public String toString() {
    return name
        + " ("
        + device
        + ", "
        + library
        + ", "
        + precision
        + ", threads "
        + threads
        + ")"
        + (insteadOf.isEmpty() ? "" : " instead of " + insteadOf);
  }
}
