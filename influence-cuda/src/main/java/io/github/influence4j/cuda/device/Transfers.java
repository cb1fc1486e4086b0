/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import java.util.Objects;

/** Copies of Java memory through a {@link Staging}. */
public final class Transfers {
  private Transfers() {}

  public static double[] doubles(Staging staging, long from, ElementType type, int count) {
    double[] out = new double[count];
    staging.download(
        from,
        (long) count * type.bytes(),
        (buffer, start) -> {
          int first = (int) (start / type.bytes());
          if (type == ElementType.F64) {
            buffer.asDoubleBuffer().get(out, first, buffer.limit() / type.bytes());
          } else {
            for (int i = 0; i < buffer.limit() / type.bytes(); i++) {
              out[first + i] = buffer.getFloat(i * type.bytes());
            }
          }
        });
    return out;
  }

  public static int[] ints(Staging staging, long from, int count) {
    int[] out = new int[count];
    staging.download(
        from,
        4L * count,
        (buffer, start) -> buffer.asIntBuffer().get(out, (int) (start / 4), buffer.limit() / 4));
    return out;
  }

  public static long[] longs(Staging staging, long from, int count) {
    long[] out = new long[count];
    staging.download(
        from,
        8L * count,
        (buffer, start) -> buffer.asLongBuffer().get(out, (int) (start / 8), buffer.limit() / 8));
    return out;
  }

  /** Downloads what a tensor made by {@link TensorView#allocate} has room for. */
  public static void download(Staging staging, long from, long bytes, TensorView to) {
    ByteBuffer memory = Objects.requireNonNull(to.byteBuffer());
    staging.download(
        from, bytes, (buffer, start) -> memory.put((int) start, buffer, 0, buffer.limit()));
  }

  public static void upload(Staging staging, long to, double[] values) {
    staging.upload(
        to,
        8L * values.length,
        8,
        (buffer, start) ->
            buffer.asDoubleBuffer().put(values, (int) (start / 8), buffer.limit() / 8));
  }

  /** Uploads part of an array, each number less {@code base}. */
  public static void upload(Staging staging, long to, int[] values, int from, int count, int base) {
    staging.upload(
        to,
        4L * count,
        4,
        (buffer, start) -> {
          int first = from + (int) (start / 4);
          for (int i = 0; i < buffer.limit() / 4; i++) {
            buffer.putInt(4 * i, values[first + i] - base);
          }
        });
  }

  /** Copies elements of a tensor, as they are stored, into a buffer of little-endian bytes. */
  public static void copy(TensorView source, int first, int count, ByteBuffer to, int position) {
    float[] floats = source.floatArray();
    double[] doubles = source.doubleArray();
    ByteBuffer bytes = source.byteBuffer();
    if (floats != null) {
      to.position(position);
      to.slice().order(to.order()).asFloatBuffer().put(floats, first, count);
    } else if (doubles != null) {
      to.position(position);
      to.slice().order(to.order()).asDoubleBuffer().put(doubles, first, count);
    } else if (bytes != null) {
      int size = source.type().bytes();
      to.put(position, bytes, first * size, count * size);
    }
  }
}
