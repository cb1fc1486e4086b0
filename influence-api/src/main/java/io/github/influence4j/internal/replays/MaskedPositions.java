/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.TensorView;
import org.jspecify.annotations.Nullable;

/**
 * The output gradients of a convolution, [images, channels, positions...], of which some positions
 * are masked: an example has those that count, in all channels.
 *
 * @param kept numbers, over all images, of the positions that count, by example
 * @param offsets where each example starts among them, then their number
 * @param channels of the output
 * @param positions of an image
 */
record MaskedPositions(int[] kept, int[] offsets, int channels, int positions)
    implements ExampleElements {

  /** Whether a mask has one value a position. */
  static boolean fits(boolean[] mask, TensorView gradients) {
    return gradients.rank() >= 3
        && gradients.size(1) > 0
        && mask.length > 0
        && mask.length * gradients.size(1) == gradients.elements();
  }

  static @Nullable MaskedPositions of(LayerBatch batch, boolean[] mask, int examples) {
    int images = (int) batch.outputGradients().size(0);
    int positions = mask.length / images;
    int[] owners = batch.owners();
    if (batch.offsets() != null || images != (owners == null ? examples : owners.length)) {
      return null;
    }
    int[] offsets = new int[examples + 1];
    for (int p = 0; p < mask.length; p++) {
      int owner = owners == null ? p / positions : owners[p / positions];
      if (mask[p]) {
        if (owner < 0 || owner >= examples) {
          return null;
        }
        offsets[owner + 1]++;
      }
    }
    for (int e = 0; e < examples; e++) {
      offsets[e + 1] += offsets[e];
    }
    int[] next = offsets.clone();
    int[] kept = new int[offsets[examples]];
    for (int p = 0; p < mask.length; p++) {
      if (mask[p]) {
        kept[next[owners == null ? p / positions : owners[p / positions]]++] = p;
      }
    }
    return new MaskedPositions(kept, offsets, (int) batch.outputGradients().size(1), positions);
  }

  private int keptOf(int example) {
    return offsets[example + 1] - offsets[example];
  }

  @Override
  public long count(int example) {
    return (long) keptOf(example) * channels;
  }

  @Override
  public int index(int example, long number) {
    int position = kept[offsets[example] + (int) (number % keptOf(example))];
    int channel = (int) (number / keptOf(example));
    return (position / positions * channels + channel) * positions + position % positions;
  }
}
