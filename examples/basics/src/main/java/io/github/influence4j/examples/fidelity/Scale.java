/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

/**
 * How much is trained and solved.
 *
 * @param digits halves of digits that are trained on, from how many seeds and for how many queries
 * @param removals trainings without the same samples, from other seeds
 * @param responses training samples whose proximal Bregman response is computed
 * @param cost of solving
 */
record Scale(Halves digits, int removals, int responses, Cost cost) {
  /** Diabetes is small: the same always. */
  static final Halves DIABETES = new Halves(40, 10, 5, 89);

  /** What the document shows. */
  static final Scale FULL =
      new Scale(new Halves(40, 3, 5, 360), 2, 120, new Cost(4, 1437, 40, 2000));

  /** Two minutes. */
  static final Scale QUICK = new Scale(new Halves(12, 1, 1, 60), 1, 6, new Cost(1, 480, 5, 2000));

  /**
   * Retraining.
   *
   * @param subsets halves that are trained on
   * @param repeats of each, with other seeds
   * @param models trained on all samples, of the ensemble
   * @param queries that are measured
   */
  record Halves(int subsets, int repeats, int models, int queries) {}

  /**
   * Solving.
   *
   * @param queries right-hand sides
   * @param samples of training
   * @param astra steps
   * @param lissa steps
   */
  record Cost(int queries, int samples, long astra, long lissa) {}
}
