/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.rows;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.Matrix;
import io.github.influence4j.spi.Rows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;

/**
 * Makes borrowed host memory readable for the kernels: direct buffers as they are, arrays and
 * buffers that are not aligned to their elements by a copy that lasts for the operation.
 */
public final class BorrowedRows {
  private final Engine engine;

  /** Keeps the garbage collector from freeing buffers of which only addresses are left. */
  private final List<ByteBuffer> inUse = new ArrayList<>();

  public BorrowedRows(Engine engine) {
    this.engine = engine;
  }

  /** The rows, the homogeneous column being column number {@link Matrix#columns}. */
  public Matrix matrix(Rows rows) {
    int[] index = rows.index();
    long indexAddress = index == null ? 0 : engine.arena().ints(index);
    ElementType type = rows.data().type();
    int[] used = index == null ? new int[] {0, Math.max(0, rows.rows() - 1)} : index;
    int first = Arrays.stream(used).min().orElse(0);
    int last = Arrays.stream(used).max().orElse(0);
    int from = rows.offset() + first * rows.stride();
    int count = rows.rows() == 0 ? 0 : (last - first) * rows.stride() + rows.columns();
    long data = address(rows.data(), from, count) - (long) first * rows.stride() * type.bytes();
    return new Matrix(data, indexAddress, rows.stride(), type, rows.columns());
  }

  /** Some elements of a tensor as one row. */
  public Matrix row(TensorView tensor, int first, int count) {
    return Matrix.dense(address(tensor, first, count), tensor.type(), count);
  }

  /** Forgets the buffers of an operation that has returned. */
  public void release() {
    inUse.clear();
  }

  /** Where element {@code first} and those after it can be read. */
  private long address(TensorView view, int first, int count) {
    float[] floats = view.floatArray();
    if (floats != null) {
      return engine.arena().floats(floats, first, count);
    }
    double[] doubles = view.doubleArray();
    if (doubles != null) {
      return engine.arena().doubles(doubles, first, count);
    }
    ByteBuffer buffer = view.byteBuffer();
    if (buffer == null) {
      throw new IllegalArgumentException("A tensor view without memory");
    }
    int size = view.type().bytes();
    return address(buffer.slice(buffer.position() + first * size, count * size), view.type());
  }

  private long address(ByteBuffer buffer, ElementType type) {
    if (isReadable(buffer, type)) {
      inUse.add(buffer);
      return address(buffer);
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return engine.arena().bytes(bytes);
  }

  /** Whether kernels read a tensor where it is, without a copy. */
  static boolean isReadable(TensorView view) {
    ByteBuffer buffer = view.byteBuffer();
    return buffer != null && isReadable(buffer, view.type());
  }

  private static boolean isReadable(ByteBuffer buffer, ElementType type) {
    return buffer.isDirect() && address(buffer) % type.bytes() == 0;
  }

  /** Of a direct buffer. */
  static long address(ByteBuffer direct) {
    try (BytePointer pointer = new BytePointer(direct)) {
      return pointer.address();
    }
  }
}
