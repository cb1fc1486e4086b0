/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

/**
 * A training example and its score for one query.
 *
 * @param example its number in the order the training source replays them, from 0; the number of
 *     the group where groups of training examples were scored
 * @param score positive for a proponent: training on it lowers the query's loss
 */
public record Hit(long example, double score) {}
