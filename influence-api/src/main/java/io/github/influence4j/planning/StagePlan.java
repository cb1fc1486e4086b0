/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.planning;

import io.github.influence4j.progress.Stage;

/**
 * What one stage of a run will take, all its passes together.
 *
 * @param stage the stage
 * @param passes over the data: those fitted to in COVARIANCE and EIGENVALUES, the queries in
 *     PRECONDITION, the training examples in SCORE and SELF_INFLUENCE
 * @param bytes that the backend holds at most, of what {@code maxMemory} bounds
 * @param operations of floating-point arithmetic, a multiply-add counted as two; without those of
 *     the model
 */
public record StagePlan(Stage stage, int passes, long bytes, double operations) {}
