/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The command {@code fidelity}: are the scores right? It trains small models hundreds of times and
 * writes what came out. Start at {@link io.github.influence4j.examples.fidelity.FidelityCommand}.
 */
@NullMarked
package io.github.influence4j.examples.fidelity;

import org.jspecify.annotations.NullMarked;
