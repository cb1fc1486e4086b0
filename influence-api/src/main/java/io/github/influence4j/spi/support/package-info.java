/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What any backend needs and writes once: one operation at a time, and memory that is freed neither
 * under an operation nor never. Start at {@link
 * io.github.influence4j.spi.support.BackendOperations}.
 */
@NullMarked
package io.github.influence4j.spi.support;

import org.jspecify.annotations.NullMarked;
