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
  TappedLinear(Taps taps, String name, LinearImpl module) {
    super(taps, name, module, module::forward);
  }
}
