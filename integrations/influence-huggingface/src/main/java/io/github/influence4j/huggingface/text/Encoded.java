/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.text;

/**
 * A text in tokens.
 *
 * @param ids numbers in the vocabulary
 * @param names in the vocabulary
 * @param begins first characters, as Java counts them
 * @param ends characters behind the last
 */
public record Encoded(long[] ids, String[] names, int[] begins, int[] ends) {}
