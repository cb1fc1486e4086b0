/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.Rows;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/**
 * Rows whose numbers are known, stored in any way that {@link Rows} allows. Whatever lies in the
 * memory between or beside them is NaN, so that reading it shows.
 *
 * @param values [rows][columns], each number exact in the element type; without the column of ones
 * @param columns number of stored columns
 * @param homogeneous whether a column of ones is appended
 * @param form how they are stored
 */
public record TestRows(double[][] values, int columns, boolean homogeneous, Form form) {
  /** The kind of memory. */
  public enum Storage {
    ARRAY,
    HEAP_BUFFER,
    DIRECT,
    /** A slice of direct memory that starts at an odd address. */
    UNALIGNED
  }

  /** The places in the memory. */
  public enum Layout {
    PACKED,
    /** With an offset, and with a stride beyond the columns. */
    STRIDED,
    /** Through an index that leaves out every other stored row and runs backwards. */
    INDEXED
  }

  /**
   * How rows are stored.
   *
   * @param type the element type
   * @param storage the kind of memory; F16 and BF16 take a heap buffer for an array
   * @param layout the places in it
   */
  public record Form(ElementType type, Storage storage, Layout layout) {
    /** The simplest there is. */
    public static final Form PLAIN = new Form(ElementType.F64, Storage.ARRAY, Layout.PACKED);
  }

  /**
   * Standard normal numbers, rounded to the element type.
   *
   * @param random the generator
   * @param rows number of rows
   * @param columns number of stored columns
   * @param homogeneous whether a column of ones is appended
   * @param form how they are stored
   * @return the rows
   */
  public static TestRows gaussian(
      Random random, int rows, int columns, boolean homogeneous, Form form) {
    double[][] values = new double[rows][];
    for (int r = 0; r < rows; r++) {
      values[r] = SeededRandom.gaussians(random, columns);
      for (int c = 0; c < columns; c++) {
        values[r][c] = rounded(form.type, values[r][c]);
      }
    }
    return new TestRows(values, columns, homogeneous, form);
  }

  private static double rounded(ElementType type, double value) {
    return switch (type) {
      case F64 -> value;
      case F32 -> (float) value;
      case BF16 -> Float.intBitsToFloat(Float.floatToIntBits((float) value) & 0xffff0000);
      // Multiples of 1/256 below 4 are normal binary16 numbers.
      case F16 -> Math.max(-3.5, Math.min(3.5, Math.rint(value * 256) / 256));
    };
  }

  /** The same numbers, stored otherwise. */
  public TestRows as(Form other) {
    return new TestRows(values, columns, homogeneous, other);
  }

  /** Some rows, in the order given. */
  public TestRows select(int... numbers) {
    double[][] chosen = new double[numbers.length][];
    Arrays.setAll(chosen, r -> values[numbers[r]]);
    return new TestRows(chosen, columns, homogeneous, form);
  }

  /** Columns counting the homogeneous one. */
  public int dimension() {
    return homogeneous ? columns + 1 : columns;
  }

  /** One row, with its 1 if homogeneous. */
  public double[] row(int row) {
    double[] out = Arrays.copyOf(values[row], dimension());
    if (homogeneous) {
      out[out.length - 1] = 1;
    }
    return out;
  }

  /** Euclidean norm of a row, its 1 included. */
  public double norm(int row) {
    return Math.sqrt(Arrays.stream(row(row)).map(x -> x * x).sum());
  }

  /** The rows as a backend takes them, in fresh memory. */
  public Rows rows() {
    boolean strided = form.layout == Layout.STRIDED;
    boolean indexed = form.layout == Layout.INDEXED;
    int stored = indexed ? 2 * values.length + 1 : values.length;
    int stride = strided ? columns + 5 : columns;
    int offset = strided ? 3 : 0;
    int elements = stored == 0 ? offset : offset + (stored - 1) * stride + columns;
    double[] memory = new double[elements];
    Arrays.fill(memory, Double.NaN);
    int[] index = new int[values.length];
    for (int r = 0; r < values.length; r++) {
      index[r] = indexed ? 2 * (values.length - 1 - r) + 1 : r;
      System.arraycopy(values[r], 0, memory, offset + index[r] * stride, columns);
    }
    TensorView data = store(memory, form.type, form.storage);
    return new Rows(
        data, values.length, columns, stride, offset, homogeneous, indexed ? index : null);
  }

  /**
   * Stores numbers.
   *
   * @param memory exact in the element type
   * @param type the element type
   * @param storage the kind of memory
   * @return a view of fresh memory
   */
  public static TensorView store(double[] memory, ElementType type, Storage storage) {
    if (storage == Storage.ARRAY && type == ElementType.F64) {
      return TensorView.of(memory.clone(), memory.length);
    }
    if (storage == Storage.ARRAY && type == ElementType.F32) {
      float[] floats = new float[memory.length];
      for (int i = 0; i < floats.length; i++) {
        floats[i] = (float) memory[i];
      }
      return TensorView.of(floats, memory.length);
    }
    ByteBuffer buffer = buffer(memory.length * type.bytes(), storage);
    for (double value : memory) {
      put(buffer, type, value);
    }
    return TensorView.of(buffer.flip(), type, memory.length);
  }

  private static ByteBuffer buffer(int bytes, Storage storage) {
    ByteBuffer buffer =
        switch (storage) {
          case ARRAY, HEAP_BUFFER -> ByteBuffer.allocate(bytes);
          case DIRECT -> ByteBuffer.allocateDirect(bytes);
          case UNALIGNED -> ByteBuffer.allocateDirect(bytes + 1).position(1).slice();
        };
    return buffer.order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void put(ByteBuffer buffer, ElementType type, double value) {
    int bits = Float.floatToIntBits((float) value);
    switch (type) {
      case F64 -> buffer.putDouble(value);
      case F32 -> buffer.putFloat((float) value);
      case BF16 -> buffer.putShort((short) (bits >>> 16));
      case F16 -> buffer.putShort(half(bits));
    }
  }

  /** The binary16 of a binary32 that is zero, normal in binary16, infinite or NaN. */
  private static short half(int bits) {
    int sign = (bits >>> 16) & 0x8000;
    int exponent = (bits >>> 23) & 0xff;
    int mantissa = (bits >>> 13) & 0x3ff;
    int half =
        switch (exponent) {
          case 0 -> 0;
          case 0xff -> 0x7c00 | mantissa;
          default -> ((exponent - 127 + 15) << 10) | mantissa;
        };
    return (short) (sign | half);
  }
}
