/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** The tensors of a checkpoint: found, compared with what the model needs, and read. */
@NullMarked
package io.github.influence4j.huggingface.weights;

import org.jspecify.annotations.NullMarked;
