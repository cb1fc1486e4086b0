/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Low-rank adapters in the format of PEFT. */
@NullMarked
package io.github.influence4j.huggingface.adapter;

import org.jspecify.annotations.NullMarked;
