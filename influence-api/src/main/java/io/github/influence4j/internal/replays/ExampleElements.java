/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

/** Which elements of a tensor belong to an example: those that count, in order. */
interface ExampleElements {
  /** How many there are. */
  long count(int example);

  /** Where one of them lies in the tensor. */
  int index(int example, long number);
}
