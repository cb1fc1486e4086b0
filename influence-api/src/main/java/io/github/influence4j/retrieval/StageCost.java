/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import java.time.Duration;

/**
 * What one stage cost for all queries together.
 *
 * @param stage the stage
 * @param gradients training examples whose gradients were taken, the control sample among them;
 *     those wanted by several queries count once
 * @param elapsed wall time, the model's own included
 */
public record StageCost(FunnelStage stage, long gradients, Duration elapsed) {}
