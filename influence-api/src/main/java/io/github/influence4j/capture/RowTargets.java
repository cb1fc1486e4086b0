/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

/**
 * Targets of a regression's rows, checked and drawn from the model; for adapters to frameworks.
 *
 * <pre>{@code
 * double[] drawn = RowTargets.sampled(predictions, outputs, rows, sampler, firstExample);
 * }</pre>
 */
public final class RowTargets {
  private RowTargets() {}

  /**
   * Draws targets from the Gaussian of variance 1 around each prediction.
   *
   * @param predictions [rows, outputs]
   * @param outputs of a row
   * @param rows of the batch; padding keeps its predictions
   * @param sampler draws them
   * @param firstExample number of the batch's first example
   * @return targets of the same shape
   */
  public static double[] sampled(
      double[] predictions, int outputs, BatchRows rows, LabelSampler sampler, long firstExample) {
    double[] sampled = predictions.clone();
    rows.forEach(
        firstExample,
        (row, example, place) -> {
          for (int o = 0; o < outputs; o++) {
            int i = row * outputs + o;
            sampled[i] = sampler.gaussian(sampled[i], 1, example, place, o);
          }
        });
    return sampled;
  }

  /**
   * Refuses targets that are no numbers. Padding may hold anything.
   *
   * @param targets [rows, outputs] as the loss will see them
   * @param outputs of a row
   * @param rows of the batch
   * @param type of the predictions, as the framework calls it
   */
  public static void requireFinite(double[] targets, int outputs, BatchRows rows, Object type) {
    rows.forEach(
        0,
        (row, example, place) -> {
          for (int o = 0; o < outputs; o++) {
            double value = targets[row * outputs + o];
            if (!Double.isFinite(value)) {
              throw new IllegalArgumentException(
                  "Targets hold "
                      + value
                      + " in row "
                      + row
                      + ", output "
                      + o
                      + " of "
                      + outputs
                      + ", expected finite numbers of type "
                      + type
                      + ".");
            }
          }
        });
  }
}
