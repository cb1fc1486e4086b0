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

  /** The key of the file's metadata that tells how many there are. */
  String count() {
    return prefix + ".examples";
  }

  /** How the names of the tensors begin that name the example of each row. */
  String rows() {
    return prefix + ".rows.";
  }

  /** The example of each row that one use of a layer has. */
  String rows(String layer, int use) {
    return rows() + layer + (use == 0 ? "" : "#" + use);
  }

  /** The mask of one layer's rows. */
  String mask(String layer) {
    return mask() + "." + layer;
  }
}
