/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

/** Training examples or queries. */
enum CaptureSide {
  TRAIN("train"),
  QUERY("query");

  private final String prefix;

  CaptureSide(String prefix) {
    this.prefix = prefix;
  }

  /** How the names of its tensors begin. */
  String prefix() {
    return prefix;
  }

  String mask() {
    return prefix + ".mask";
  }

  /** The mask of one layer's rows. */
  String mask(String layer) {
    return mask() + "." + layer;
  }
}
