/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** What {@code config.json} says, as one table of the ways in which decoders differ. */
@NullMarked
package io.github.influence4j.huggingface.config;

import org.jspecify.annotations.NullMarked;
