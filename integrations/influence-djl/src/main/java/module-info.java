/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Captures gradients of models built on the Deep Java Library with its PyTorch engine. */
module io.github.influence4j.djl {
  requires transitive io.github.influence4j.api;
  requires static org.jspecify;
  requires transitive ai.djl.api;

  exports io.github.influence4j.djl;
}
