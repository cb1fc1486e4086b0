/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/** Settings of PyTorch for the whole process. */
public final class Torch {
  private Torch() {}

  /**
   * PyTorch and its OpenBLAS compute on the thread that calls them. Their own threads spin while
   * they wait, which slows a machine that does other work many times.
   */
  public static void useNoThreads() {
    torch.set_num_threads(1);
    openblas.blas_set_num_threads(1);
  }
}
