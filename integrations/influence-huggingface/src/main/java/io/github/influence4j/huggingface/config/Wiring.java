/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/** Where the norms of a block are, and what is added to what. */
public enum Wiring {
  /** x += a(n(x)), then x += f(n(x)). */
  SEQUENTIAL,
  /** x + a(n(x)) + f(n(x)). */
  PARALLEL,
  /** x += n(a(n(x))), then x += n(f(n(x))). */
  SANDWICHED,
  /** x += n(a(x)), then x += n(f(x)). */
  AFTER
}
