/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

/**
 * Where a tensor lies.
 *
 * @param type how elements are stored
 * @param shape sizes, outermost first
 * @param begin first byte, counted from the end of the header
 * @param end byte after the last
 */
record TensorEntry(DType type, long[] shape, long begin, long end) {
  long bytes() {
    return end - begin;
  }

  long elements() {
    return bytes() * Byte.SIZE / type.bits();
  }
}
