/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * The experiments of Grosse et al. 2023 in the small, each with a table, a picture and a verdict.
 * Start at {@link io.github.influence4j.examples.experiments.ExperimentsCommand}.
 */
@NullMarked
package io.github.influence4j.examples.experiments;

import org.jspecify.annotations.NullMarked;
