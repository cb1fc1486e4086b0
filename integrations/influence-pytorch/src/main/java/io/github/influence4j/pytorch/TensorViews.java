/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.ScalarType;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.pytorch.Tensor;

/** Lends the memory of tensors to the library. */
public final class TensorViews {
  /** PyTorch's, and of all of CUDA, unless a stream guard names another. */
  private static final long DEFAULT_STREAM = 0;

  private TensorViews() {}

  /**
   * A view of a tensor's own memory, without a copy. It does not keep the tensor alive: once the
   * tensor is freed, at the latest when its {@code PointerScope} closes, the view must not be read.
   * A view of a CUDA tensor is of the GPU's memory, in the order of PyTorch's default stream
   * ({@link TensorView#onDevice}).
   *
   * @param tensor contiguous (call {@link Tensor#contiguous} first), in the memory of the host or
   *     of a CUDA device, of type Float, Double, Half or BFloat16
   * @return the view
   * @throws IllegalArgumentException if the tensor is anything else
   */
  public static TensorView of(Tensor tensor) {
    return of("A tensor", tensor);
  }

  static TensorView of(String what, Tensor tensor) {
    boolean onCuda = onCuda(what, tensor);
    ElementType type = elementType(what, tensor);
    if (!tensor.is_contiguous()) {
      throw new IllegalArgumentException(
          what + " is not contiguous (expanded, transposed or sliced); call contiguous() first.");
    }
    long size = Math.multiplyExact(tensor.numel(), type.bytes());
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          what + " holds " + size + " bytes, more than 2 GiB; pass smaller batches.");
    }
    if (size == 0) { // no memory, so no address
      return TensorView.of(ByteBuffer.allocate(0), type, shape(tensor));
    }
    if (onCuda) {
      return TensorView.onDevice(address(tensor), DEFAULT_STREAM, type, shape(tensor));
    }
    BytePointer memory = new BytePointer(tensor.data_ptr()).capacity(size);
    return TensorView.of(memory.asByteBuffer(), type, shape(tensor));
  }

  /** Where a tensor's numbers are; 0 where it has none, for then PyTorch gives no pointer. */
  static long address(Tensor tensor) {
    return tensor.numel() == 0 ? 0 : tensor.data_ptr().address();
  }

  static long[] shape(Tensor tensor) {
    long[] shape = new long[(int) tensor.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.size(i);
    }
    return shape;
  }

  private static boolean onCuda(String what, Tensor tensor) {
    String device = tensor.device().str().getString();
    boolean cuda = device.startsWith("cuda");
    if (!cuda && !device.equals("cpu")) {
      throw new IllegalArgumentException(
          what
              + " is on device "
              + device
              + ", but only the memory of the host and of CUDA devices can be read; move the model"
              + " and its batches to the CPU: model.to(new Device(\"cpu\"), false).");
    }
    return cuda;
  }

  static ElementType elementType(String what, Tensor tensor) {
    // The native value is not the Java constant; intern() finds the constant.
    ScalarType type = tensor.scalar_type().intern();
    return switch (type) {
      case Float -> ElementType.F32;
      case Double -> ElementType.F64;
      case Half -> ElementType.F16;
      case BFloat16 -> ElementType.BF16;
      default ->
          throw new IllegalArgumentException(
              what + " holds " + type + " values; expected Float, Double, Half or BFloat16.");
    };
  }
}
