/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.spi.Rows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.BytePointer;
import org.jspecify.annotations.Nullable;

/**
 * Makes borrowed host memory readable for the kernels: direct buffers as they are, arrays and
 * buffers that are not aligned to their elements by a copy that lasts for the operation.
 */
final class Inputs {
  private final Engine engine;

  /** Keeps the garbage collector from freeing buffers of which only addresses are left. */
  private final List<ByteBuffer> inUse = new ArrayList<>();

  Inputs(Engine engine) {
    this.engine = engine;
  }

  /** The rows, the homogeneous column being column number {@link Matrix#columns}. */
  Matrix matrix(Rows rows) {
    int[] index = rows.index();
    long indexAddress = index == null ? 0 : engine.arena().ints(index);
    ElementType type = rows.data().type();
    long data = address(rows.data()) + (long) rows.offset() * type.bytes();
    return new Matrix(data, indexAddress, rows.stride(), type, rows.columns());
  }

  /** The whole tensor as one row. */
  Matrix row(TensorView tensor) {
    return Matrix.dense(address(tensor), tensor.type(), tensor.elements());
  }

  /** Forgets the buffers of an operation that has returned. */
  void release() {
    inUse.clear();
  }

  private long address(TensorView view) {
    float[] floats = view.floatArray();
    if (floats != null) {
      return engine.arena().floats(floats);
    }
    double[] doubles = view.doubleArray();
    if (doubles != null) {
      return engine.arena().doubles(doubles);
    }
    return address(view.byteBuffer(), view.type());
  }

  private long address(@Nullable ByteBuffer buffer, ElementType type) {
    if (buffer == null) {
      throw new IllegalArgumentException("A tensor view without memory");
    }
    if (buffer.isDirect()) {
      try (BytePointer pointer = new BytePointer(buffer)) {
        long address = pointer.address();
        if (address % type.bytes() == 0) {
          inUse.add(buffer);
          return address;
        }
      }
    }
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return engine.arena().bytes(bytes);
  }
}
