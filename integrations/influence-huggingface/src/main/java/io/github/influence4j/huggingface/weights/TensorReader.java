/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.weights;

import static org.bytedeco.pytorch.global.torch.ScalarType;
import static org.bytedeco.pytorch.global.torch.empty;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.store.DType;
import io.github.influence4j.store.Safetensors;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;

/** Reads tensors of files into memory that PyTorch owns, each once. */
public final class TensorReader {
  /** A whole number of elements of any type. */
  private static final int CHUNK = 1 << 28;

  private TensorReader() {}

  /**
   * Reads a tensor.
   *
   * @param files that hold it
   * @param name of a tensor of floating-point numbers, of any size
   * @param type what to compute in
   * @return a tensor of the caller's, of that type
   */
  public static Tensor read(CheckpointFiles files, String name, ScalarType type) {
    Safetensors file = files.holder(name);
    Tensor stored = stored(file, name);
    if (stored.scalar_type().intern() == type) {
      return stored;
    }
    Tensor converted = stored.to(type);
    stored.close();
    return converted;
  }

  private static Tensor stored(Safetensors file, String name) {
    DType type = file.dtype(name);
    ElementType element = type.elementType();
    if (element == null) {
      throw new IllegalArgumentException("Tensor \"" + name + "\" is of type " + type);
    }
    ScalarType scalar =
        switch (element) {
          case F32 -> ScalarType.Float;
          case F64 -> ScalarType.Double;
          case F16 -> ScalarType.Half;
          case BF16 -> ScalarType.BFloat16;
        };
    Tensor tensor = empty(file.shape(name), new TensorOptions(scalar), new MemoryFormatOptional());
    long bytes = tensor.nbytes();
    for (long at = 0; at < bytes; at += CHUNK) {
      long end = Math.min(bytes, at + CHUNK);
      BytePointer memory = new BytePointer(tensor.data_ptr());
      file.read(name, at / element.bytes(), memory.limit(end).position(at).asByteBuffer());
    }
    return tensor;
  }
}
