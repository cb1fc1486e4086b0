/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** A tensor in the capture file, of any size: parts of it are read when they are needed. */
final class CaptureTensor {
  private static final int CHUNK_ELEMENTS = 1 << 18;

  private final Safetensors file;
  private final String name;
  private final ElementType type;
  private final long[] shape;

  private CaptureTensor(Safetensors file, String name, ElementType type) {
    this.file = file;
    this.name = name;
    this.type = type;
    this.shape = file.shape(name);
  }

  static CaptureTensor of(Safetensors file, String name) {
    DType stored = file.dtype(name);
    ElementType type = stored.elementType();
    if (type == null) {
      throw new IllegalArgumentException(
          "Tensor \""
              + name
              + "\" has dtype "
              + stored
              + ", expected F32, F64, F16 or BF16; convert it before saving.");
    }
    return new CaptureTensor(file, name, type);
  }

  ElementType type() {
    return type;
  }

  int rank() {
    return shape.length;
  }

  long size(int dimension) {
    return shape[dimension];
  }

  long[] shape() {
    return shape.clone();
  }

  long elements() {
    long product = 1;
    for (long size : shape) {
      product *= size;
    }
    return product;
  }

  /** Elements of one part, which all dimensions but the leading ones make up. */
  long elementsPerPart(int leading) {
    long product = 1;
    for (int dimension = leading; dimension < shape.length; dimension++) {
      product *= shape[dimension];
    }
    return product;
  }

  /** Memory that some parts take. */
  ByteBuffer memory(int leading, int parts) {
    long bytes = elementsPerPart(leading) * type.bytes() * parts;
    Check.that(
        bytes <= Integer.MAX_VALUE,
        "Tensor \"%s\" has %d bytes in one batch, more than the 2 GiB that one tensor may hold; save"
            + " fewer rows an example.",
        name,
        bytes);
    return ByteBuffer.allocateDirect((int) bytes);
  }

  /**
   * Reads parts into memory that holds as many or more; those that lie together in one go.
   *
   * @return [parts, ...]
   */
  TensorView read(int leading, int[] parts, ByteBuffer memory) {
    long each = elementsPerPart(leading);
    memory.clear();
    for (int from = 0, to; from < parts.length; from = to) {
      to = from + 1;
      while (to < parts.length && parts[to] == parts[to - 1] + 1) {
        to++;
      }
      memory.limit((int) (memory.position() + each * type.bytes() * (to - from)));
      file.read(name, each * parts[from], memory);
    }
    long[] read = Arrays.copyOfRange(shape, leading - 1, shape.length);
    read[0] = parts.length;
    return TensorView.of(memory.flip(), type, read);
  }

  /** Takes some consecutive elements. */
  interface Chunk {
    void accept(long first, TensorView elements);
  }

  /** Reads all elements, some at a time. */
  void forEachChunk(Chunk chunk) {
    ByteBuffer memory = ByteBuffer.allocateDirect(CHUNK_ELEMENTS * type.bytes());
    long elements = elements();
    for (long first = 0; first < elements; first += CHUNK_ELEMENTS) {
      int count = (int) Math.min(CHUNK_ELEMENTS, elements - first);
      memory.clear().limit(count * type.bytes());
      file.read(name, first, memory);
      chunk.accept(first, TensorView.of(memory.flip(), type, count));
    }
  }
}
