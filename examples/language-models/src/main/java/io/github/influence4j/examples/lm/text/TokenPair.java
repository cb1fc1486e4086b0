/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.text;

/**
 * Two neighbouring tokens, which may become one.
 *
 * @param left id of the first
 * @param right id of the second
 */
public record TokenPair(int left, int right) {}
