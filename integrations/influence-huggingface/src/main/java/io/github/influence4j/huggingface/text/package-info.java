/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Tokenizers of checkpoints. */
@NullMarked
package io.github.influence4j.huggingface.text;

import org.jspecify.annotations.NullMarked;
