/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;

/**
 * Fits a {@link HessianApproximation} to captured gradients. Either hand it a source, or push the
 * batches of a training loop of your own:
 *
 * <pre>{@code
 * try (CurvatureFitter fitter = influence.fitter()) {
 *   for (Batch batch : train) fitter.addCovariance(model.capture(batch));   // pass 1
 *   fitter.eigendecompose();
 *   for (Batch batch : train) fitter.addSquares(model.capture(batch));      // pass 2
 *   FittedCurvature curvature = fitter.finish();
 * }
 * }</pre>
 *
 * <p>IDENTITY needs neither pass, DIAGONAL the second only, KFAC the first only. A batch that is
 * refused leaves everything as it was, so the next batch may follow. The fitter borrows the
 * backend; closing the fitter frees its accumulators.
 *
 * <p>Both passes must be over the same examples, in any order and any batches: 64 bytes an example
 * are remembered to see that they are.
 *
 * <p><b>Threads.</b> One at a time: while one uses the fitter, others are refused. {@link #close}
 * may come from any thread, also from within a callback; it refuses what comes after it and waits
 * for the batch or the step in flight.
 */
public interface CurvatureFitter extends AutoCloseable {
  /**
   * Runs both passes.
   *
   * @param source the training data with pseudo-gradients (true Fisher: labels sampled from the
   *     model) or with gradients of the data's own labels (empirical Fisher)
   * @return the fitted curvature
   */
  FittedCurvature fit(GradientSource source);

  /**
   * First pass: adds a batch to the covariances A and S.
   *
   * @param batch borrowed for the call
   * @throws IllegalArgumentException if the batch is refused; nothing of it was added
   */
  void addCovariance(GradientBatch batch);

  /**
   * Between the passes: eigendecomposes all covariances, in float64.
   *
   * @throws ArithmeticException if a covariance overflowed or its decomposition fails; the text
   *     names the layer
   */
  void eigendecompose();

  /**
   * Second pass: adds a batch to the squared gradients, in the eigenbasis for EKFAC.
   *
   * @param batch borrowed for the call
   * @throws IllegalArgumentException if the batch is refused; nothing of it was added
   */
  void addSquares(GradientBatch batch);

  /**
   * The result of all passes so far.
   *
   * @return an immutable curvature; the fitter may be closed
   * @throws IllegalStateException if a step is missing, or if the passes were not over the same
   *     examples (their order may differ)
   */
  FittedCurvature finish();

  /** Frees the accumulators; waits for the batch or the step in flight. */
  @Override
  void close();
}
