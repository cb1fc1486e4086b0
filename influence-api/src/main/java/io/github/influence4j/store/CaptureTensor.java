/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;

/** A tensor in the capture file, of any size: parts of it are read when they are needed. */
final class CaptureTensor {
  private static final int PART_ELEMENTS = 1 << 18;

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

  /** Elements of one example. */
  long elementsPerExample() {
    return shape[0] == 0 ? 0 : elements() / shape[0];
  }

  /** Memory that some examples take. */
  ByteBuffer memory(int examples) {
    long bytes = elementsPerExample() * type.bytes() * examples;
    Check.that(
        bytes <= Integer.MAX_VALUE,
        "Tensor \"%s\" has %d bytes an example, more than the 2 GiB that one tensor may hold.",
        name,
        bytes / examples);
    return ByteBuffer.allocateDirect((int) bytes);
  }

  /** Reads consecutive examples into memory that holds as many or more. */
  TensorView read(int first, int examples, ByteBuffer memory) {
    long each = elementsPerExample();
    memory.clear().limit((int) (each * type.bytes() * examples));
    file.read(name, each * first, memory);
    long[] part = shape.clone();
    part[0] = examples;
    return TensorView.of(memory.flip(), type, part);
  }

  /** Takes some consecutive elements. */
  interface Part {
    void accept(long first, TensorView elements);
  }

  /** Reads all elements, some at a time. */
  void forEachPart(Part part) {
    ByteBuffer memory = ByteBuffer.allocateDirect(PART_ELEMENTS * type.bytes());
    long elements = elements();
    for (long first = 0; first < elements; first += PART_ELEMENTS) {
      int count = (int) Math.min(PART_ELEMENTS, elements - first);
      memory.clear().limit(count * type.bytes());
      file.read(name, first, memory);
      part.accept(first, TensorView.of(memory.flip(), type, count));
    }
  }
}
