/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.nio.ByteBuffer;

/** Lends the memory of arrays to the library. */
public final class ArrayViews {
  private ArrayViews() {}

  /**
   * A view of an array's own memory, without a copy where the array is contiguous. It does not keep
   * the array alive: once the array is closed, at the latest when its {@code NDManager} closes, the
   * view must not be read.
   *
   * @param array in host memory, of type FLOAT32, FLOAT64 or FLOAT16
   * @return the view
   * @throws IllegalArgumentException if the array is anything else
   */
  public static TensorView of(NDArray array) {
    return of("An array", array);
  }

  static TensorView of(String what, NDArray array) {
    if (array.getDevice().isGpu()) {
      throw new IllegalArgumentException(
          what
              + " is on device "
              + array.getDevice()
              + ", but only host memory can be read so far; make the model and its batches on"
              + " Device.cpu().");
    }
    ElementType type = elementType(what, array);
    long bytes = Math.multiplyExact(array.size(), type.bytes());
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          what + " holds " + bytes + " bytes, more than 2 GiB; pass smaller batches.");
    }
    if (bytes == 0) { // no memory, so no address
      return TensorView.of(ByteBuffer.allocate(0), type, array.getShape().getShape());
    }
    return TensorView.of(array.toByteBuffer(true), type, array.getShape().getShape());
  }

  private static ElementType elementType(String what, NDArray array) {
    return switch (array.getDataType()) {
      case FLOAT32 -> ElementType.F32;
      case FLOAT64 -> ElementType.F64;
      case FLOAT16 -> ElementType.F16;
      default ->
          throw new IllegalArgumentException(
              what
                  + " holds "
                  + array.getDataType()
                  + " values; expected FLOAT32, FLOAT64 or FLOAT16.");
    };
  }
}
