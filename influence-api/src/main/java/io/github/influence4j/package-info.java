/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Influence functions for models that live on the JVM: which training examples made the model say
 * what it said. Start at {@link io.github.influence4j.Influence}.
 */
@NullMarked
package io.github.influence4j;

import org.jspecify.annotations.NullMarked;
