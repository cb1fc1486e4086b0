/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.globalContext;

import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.Context;

/** While it is open, gradients can be differentiated again: fused attention's cannot. */
final class Differentiable implements AutoCloseable {
  private final Context context = globalContext();
  private final boolean flash = context.userEnabledFlashSDP();
  private final boolean efficient = context.userEnabledMemEfficientSDP();
  private final AutoGradMode mode = new AutoGradMode(true);

  Differentiable() {
    context.setSDPUseFlash(false);
    context.setSDPUseMemEfficient(false);
  }

  @Override
  public void close() {
    mode.close();
    context.setSDPUseFlash(flash);
    context.setSDPUseMemEfficient(efficient);
  }
}
