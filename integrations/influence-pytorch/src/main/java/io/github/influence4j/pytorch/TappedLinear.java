/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.LinearImpl;

/**
 * A tapped linear layer, fed [examples, inputs] or [examples, rows, inputs], or packed [rows,
 * inputs].
 */
public final class TappedLinear extends TappedLayer<LinearImpl> {
  TappedLinear(CallRecorder calls, String name, LinearImpl module) {
    super(calls, name, module, module::forward);
  }
}
