/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Is the attribution right? Evidence by training again: {@link
 * io.github.influence4j.evaluation.RetrainingStudy} trains on subsets and keeps what the queries
 * then measure; {@link io.github.influence4j.evaluation.LinearDatamodelingScore}, {@link
 * io.github.influence4j.evaluation.LeaveSomeOut} and {@link
 * io.github.influence4j.evaluation.QueryLossDifference} compare scores with it. {@link
 * io.github.influence4j.evaluation.ProximalBregmanResponse} is the truth that influence functions
 * approximate, without training from the start.
 */
@NullMarked
package io.github.influence4j.evaluation;

import org.jspecify.annotations.NullMarked;
