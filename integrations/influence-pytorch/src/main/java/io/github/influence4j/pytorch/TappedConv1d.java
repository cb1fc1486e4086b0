/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import org.bytedeco.pytorch.Conv1dImpl;

/** A tapped one-dimensional convolution, fed [examples, channels, length]. */
public final class TappedConv1d extends TappedLayer<Conv1dImpl> {
  TappedConv1d(CallRecorder calls, String name, Conv1dImpl module) {
    super(calls, name, module, module::forward);
  }
}
