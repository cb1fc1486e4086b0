/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import io.github.influence4j.capture.TensorView;

/**
 * Where rows lie in memory: element c of stored row r is element {@code offset + r*stride + c} of
 * {@code data}.
 *
 * @param data the memory, of any element type; borrowed
 * @param columns number of stored columns
 * @param stride elements from one stored row to the next
 * @param offset elements before row 0, column 0
 */
public record StoredRows(TensorView data, int columns, int stride, int offset) {}
