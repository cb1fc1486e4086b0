/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.huggingface.TokenSequence;
import java.util.List;

/**
 * A sequence of the corpus or a query, with what to show of it.
 *
 * @param label what to call it
 * @param sequence as the model sees it
 * @param texts of its tokens
 */
record Piece(String label, TokenSequence sequence, List<String> texts) {}
