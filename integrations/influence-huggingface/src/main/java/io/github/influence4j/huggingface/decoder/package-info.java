/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** One decoder in PyTorch, made of the parts that the table of its description chooses. */
@NullMarked
package io.github.influence4j.huggingface.decoder;

import org.jspecify.annotations.NullMarked;
