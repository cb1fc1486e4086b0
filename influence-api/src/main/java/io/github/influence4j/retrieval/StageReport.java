/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import java.util.OptionalDouble;

/**
 * What one stage did for one query, judged by exact scores.
 *
 * @param stage the stage
 * @param offered how many examples it chose from
 * @param kept how many of them it let pass
 * @param controlAgreement Spearman's correlation of the stage's order with the exact one over the
 *     control sample, examples that the filter does not name tied at its end: an estimate for the
 *     whole training set. Empty where the stage or the exact scores order nothing
 * @param survivorAgreement the same over the examples that were scored again exactly: how far the
 *     order at the top can be trusted
 * @param wanted control examples that belong to the result: the topK of the hits and the controls
 *     together
 * @param found how many of these were not lost up to and with this stage
 */
public record StageReport(
    FunnelStage stage,
    long offered,
    long kept,
    OptionalDouble controlAgreement,
    OptionalDouble survivorAgreement,
    long wanted,
    long found) {

  /**
   * The share of strong examples that the funnel keeps up to and with this stage, estimated on the
   * control sample. With all training examples as controls it is the recall at topK.
   *
   * @return found / wanted; empty where no control example was strong enough to say anything, as
   *     happens when the sample is much smaller than the training set
   */
  public OptionalDouble recall() {
    return wanted == 0 ? OptionalDouble.empty() : OptionalDouble.of((double) found / wanted);
  }
}
