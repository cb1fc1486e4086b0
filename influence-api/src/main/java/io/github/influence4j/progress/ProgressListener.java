/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.progress;

/**
 * Told after each batch, on the thread that feeds the batches. An exception thrown here stops the
 * run and reaches its caller; {@link java.util.concurrent.CancellationException} is the one to use
 * for a user's wish to stop.
 */
@FunctionalInterface
public interface ProgressListener {
  /**
   * A step is done.
   *
   * @param stage what the run is doing
   * @param pass which run over the data of this stage, from 0
   * @param examples examples done in this pass (matrices in EIGENDECOMPOSITION)
   */
  void onProgress(Stage stage, int pass, long examples);
}
