/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/** Where a layer's input has its examples; for adapters to frameworks. */
enum RowLayout {
  /** Nobody said: {@link CallRows} has a rule, which the adapter verifies. */
  UNSTATED,
  /** [examples, ..., inputs], or flattened, [examples · rows, inputs]. */
  EXAMPLES_FIRST,
  /** [rows, examples, ..., inputs]. */
  ROWS_FIRST
}
