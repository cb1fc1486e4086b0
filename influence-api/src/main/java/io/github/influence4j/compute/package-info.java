/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * What users choose about the arithmetic, {@link io.github.influence4j.compute.Precision} and
 * {@link io.github.influence4j.compute.TensorCores}, and what they are told about the backend that
 * does it.
 */
@NullMarked
package io.github.influence4j.compute;

import org.jspecify.annotations.NullMarked;
