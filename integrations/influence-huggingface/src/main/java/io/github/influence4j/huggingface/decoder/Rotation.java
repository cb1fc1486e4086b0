/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import static org.bytedeco.pytorch.global.torch.cat;

import io.github.influence4j.huggingface.config.Positions;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Turns pairs of dimensions of queries and keys by the angles of their places. Dimension i is
 * paired with i + half.
 */
final class Rotation {
  private final Tensor cosines;
  private final Tensor sines;
  private final long dimensions;

  private Rotation(Tensor cosines, Tensor sines, long dimensions) {
    this.cosines = cosines;
    this.sines = sines;
    this.dimensions = dimensions;
  }

  /**
   * Angles of a batch, in float64 first.
   *
   * @param places of rows, [sequences or 1][rows]
   */
  static Rotation of(Positions.Rotary rotary, long[][] places, ScalarType type) {
    int rows = places[0].length;
    int length = 1;
    for (long[] sequence : places) {
      for (long place : sequence) {
        length = Math.max(length, Math.toIntExact(place + 1));
      }
    }
    double[] frequencies = rotary.frequencies(length);
    int width = rotary.dimensions();
    double[] cosines = new double[places.length * rows * width];
    double[] sines = new double[cosines.length];
    int at = 0;
    for (long[] sequence : places) {
      for (long place : sequence) {
        for (int i = 0; i < width; i++, at++) {
          double angle = place * frequencies[i % frequencies.length];
          cosines[at] = Math.cos(angle);
          sines[at] = Math.sin(angle);
        }
      }
    }
    long[] shape = {places.length, 1, rows, width};
    return new Rotation(
        AbstractTensor.create(cosines, shape).to(type),
        AbstractTensor.create(sines, shape).to(type),
        width);
  }

  /** Of [sequences, heads, rows, width]. */
  Tensor turn(Tensor x) {
    long width = x.size(3);
    Tensor turned = x.narrow(3, 0, dimensions);
    long half = dimensions / 2;
    Tensor partners =
        cat(new TensorVector(turned.narrow(3, half, half).neg(), turned.narrow(3, 0, half)), 3);
    Tensor out = turned.mul(cosines).add(partners.mul(sines));
    return dimensions == width
        ? out
        : cat(new TensorVector(out, x.narrow(3, dimensions, width - dimensions)), 3);
  }
}
