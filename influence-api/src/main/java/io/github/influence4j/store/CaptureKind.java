/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

/** What was captured. */
enum CaptureKind {
  /** A layer's input. */
  ACT("act"),
  /** The gradient of the summed loss at its output. */
  GRAD("grad"),
  /** The same for labels sampled from the model. */
  PSEUDOGRAD("pseudograd");

  private final String word;

  CaptureKind(String word) {
    this.word = word;
  }

  /** The name in the file: {@code train.act.fc1}, or {@code train.act.fc1#1} for a further use. */
  String tensor(CaptureSide side, String layer, int use) {
    return side.prefix() + "." + word + "." + layer + (use == 0 ? "" : "#" + use);
  }

  /** How the names of its tensors begin. */
  String prefix(CaptureSide side) {
    return side.prefix() + "." + word + ".";
  }
}
