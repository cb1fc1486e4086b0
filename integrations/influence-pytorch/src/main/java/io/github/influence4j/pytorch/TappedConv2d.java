/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.Conv2dImpl;

/** A tapped convolution, fed [examples, channels, height, width]. */
public final class TappedConv2d extends TappedLayer<Conv2dImpl> {
  TappedConv2d(CallRecorder calls, String name, Conv2dImpl module) {
    super(calls, name, module, module::forward);
  }
}
