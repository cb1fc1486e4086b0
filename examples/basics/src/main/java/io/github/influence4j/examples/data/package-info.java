/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Small data that the examples bring along. */
@NullMarked
package io.github.influence4j.examples.data;

import org.jspecify.annotations.NullMarked;
