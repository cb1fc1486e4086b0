/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.document;

/**
 * A threshold and what was measured.
 *
 * @param threshold what was asked for, in words
 * @param measured what came out, in words
 * @param reached whether that is enough
 */
public record Verdict(String threshold, String measured, boolean reached) {
  /**
   * As a document shows it.
   *
   * @return a paragraph
   */
  public String markdown() {
    return "**"
        + (reached ? "Reached" : "Not reached")
        + "**: "
        + threshold
        + ". Measured: "
        + measured
        + ".";
  }
}
