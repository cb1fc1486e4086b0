/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.pytorch.PyTorch;
import org.bytedeco.openblas.global.openblas;
import org.bytedeco.pytorch.global.torch;

/** PyTorch, for the whole process. */
public final class Torch {
  private Torch() {}

  /**
   * Loads PyTorch, before anything else of it is used: from a directory that nobody else can write
   * to, and without threads. PyTorch and its OpenBLAS compute on the thread that calls them. Their
   * own threads spin while they wait, which slows a machine that does other work many times.
   *
   * @throws IllegalStateException if it cannot be loaded; says why and how to mend it
   */
  public static void load() {
    PyTorch.load();
    torch.set_num_threads(1);
    openblas.blas_set_num_threads(1);
  }
}
