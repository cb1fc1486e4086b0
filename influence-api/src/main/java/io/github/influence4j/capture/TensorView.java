/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A borrowed, dense, row-major tensor in host memory or on a GPU.
 *
 * <p>The view never copies and never frees: the memory belongs to whoever made it. A view handed to
 * {@link GradientSink#accept} is read during that call only, so the memory may be reused or freed
 * when the call returns; that of a GPU in the order of its stream.
 *
 * <pre>{@code
 * TensorView activations = TensorView.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3); // [rows, columns]
 * TensorView onGpu = TensorView.onDevice(address, stream, ElementType.BF16, 2, 3);
 * }</pre>
 */
public final class TensorView {
  private final ElementType type;
  private final long[] shape;
  private final int elements;
  private final float @Nullable [] floats;
  private final double @Nullable [] doubles;
  private final @Nullable ByteBuffer bytes;
  private final @Nullable DeviceAddress device;

  private TensorView(
      ElementType type,
      long[] shape,
      int available,
      float @Nullable [] floats,
      double @Nullable [] doubles,
      @Nullable ByteBuffer bytes,
      @Nullable DeviceAddress device) {
    this.type = type;
    this.shape = shape.clone();
    this.elements = count(shape);
    if (available != elements) {
      throw new IllegalArgumentException(
          "A tensor of shape "
              + Arrays.toString(shape)
              + " has "
              + elements
              + " elements, but the memory holds "
              + available
              + " "
              + type
              + " values; pass memory of exactly that size (slice the buffer).");
    }
    this.floats = floats;
    this.doubles = doubles;
    this.bytes = bytes;
    this.device = device;
  }

  /**
   * Wraps an array.
   *
   * @param data the elements, row-major; borrowed
   * @param shape the sizes, outermost first; their product is {@code data.length}
   * @return a view of type F32
   */
  public static TensorView of(float[] data, long... shape) {
    return new TensorView(ElementType.F32, shape, data.length, data, null, null, null);
  }

  /**
   * Wraps an array.
   *
   * @param data the elements, row-major; borrowed
   * @param shape the sizes, outermost first; their product is {@code data.length}
   * @return a view of type F64
   */
  public static TensorView of(double[] data, long... shape) {
    return new TensorView(ElementType.F64, shape, data.length, null, data, null, null);
  }

  /**
   * Wraps the bytes between position and limit of a buffer. Direct buffers reach native code
   * without a copy.
   *
   * @param data the elements, row-major, little endian whatever the buffer's own byte order;
   *     borrowed
   * @param type how the elements are stored
   * @param shape the sizes, outermost first; their product times the element size is {@code
   *     data.remaining()}
   * @return a view
   */
  public static TensorView of(ByteBuffer data, ElementType type, long... shape) {
    ByteBuffer view = data.slice().order(ByteOrder.LITTLE_ENDIAN);
    if (view.capacity() % type.bytes() != 0) {
      throw new IllegalArgumentException(
          view.capacity() + " bytes are no whole number of " + type + " elements.");
    }
    return new TensorView(type, shape, view.capacity() / type.bytes(), null, null, view, null);
  }

  /**
   * Lends memory of a GPU to a backend that computes there, without a copy. The backend reads it
   * after all work that is queued on the stream when the tensor is handed over; work queued on the
   * stream afterwards waits for the backend. So the memory may be written anew or freed in the
   * order of that stream; before it is touched from another stream or from the host, synchronise
   * the stream. Backends that do not run on a GPU refuse such tensors.
   *
   * @param address of the first element; a multiple of the element size, borrowed
   * @param stream the {@code cudaStream_t} on which the elements are written; 0 is the default
   *     stream
   * @param type how the elements are stored
   * @param shape the sizes, outermost first; the memory holds at least their product
   * @return a view that only a backend can read
   */
  public static TensorView onDevice(long address, long stream, ElementType type, long... shape) {
    int elements = count(shape);
    if (address % type.bytes() != 0 || (address == 0 && elements > 0)) {
      throw new IllegalArgumentException(
          "Address "
              + Long.toHexString(address)
              + " is no address of "
              + type
              + " elements on a GPU; expected a multiple of "
              + type.bytes()
              + " above 0.");
    }
    DeviceAddress device = new DeviceAddress(address, stream);
    return new TensorView(type, shape, elements, null, null, null, device);
  }

  /**
   * Makes a zeroed tensor in direct memory, which lives as long as the view is reachable.
   *
   * @param type how the elements are stored
   * @param shape the sizes, outermost first; at most 2 GiB in all
   * @return a view that owns its memory
   */
  public static TensorView allocate(ElementType type, long... shape) {
    long size = Math.multiplyExact((long) count(shape), type.bytes());
    if (size > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "A tensor of shape "
              + Arrays.toString(shape)
              + " needs "
              + size
              + " bytes, more than the 2 GiB that one tensor may hold; use block-diagonal factors"
              + " or F32.");
    }
    return of(ByteBuffer.allocateDirect((int) size), type, shape);
  }

  private static int count(long[] shape) {
    long product = 1;
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("Negative size in shape " + Arrays.toString(shape));
      }
      product = Math.multiplyExact(product, size);
    }
    if (product > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "A tensor of shape "
              + Arrays.toString(shape)
              + " has more than 2^31-1 elements; pass smaller batches.");
    }
    return (int) product;
  }

  /**
   * How elements are stored.
   *
   * @return the element type
   */
  public ElementType type() {
    return type;
  }

  /**
   * Number of dimensions.
   *
   * @return the rank
   */
  public int rank() {
    return shape.length;
  }

  /**
   * Size of one dimension.
   *
   * @param dimension 0 is the outermost
   * @return the size
   */
  public long size(int dimension) {
    return shape[dimension];
  }

  /**
   * All sizes, outermost first.
   *
   * @return a copy
   */
  public long[] shape() {
    return shape.clone();
  }

  /**
   * Number of elements.
   *
   * @return the product of all sizes
   */
  public int elements() {
    return elements;
  }

  /**
   * The same memory under another shape.
   *
   * @param newShape the new sizes, with the same product
   * @return a view of the same memory
   */
  public TensorView reshape(long... newShape) {
    return new TensorView(type, newShape, elements, floats, doubles, bytes, device);
  }

  /**
   * A run of consecutive elements.
   *
   * @param first index of the first element
   * @param newShape the sizes of the run
   * @return a view of the same memory; for array-backed views, of a copy
   */
  public TensorView slice(int first, long... newShape) {
    int length = count(newShape);
    Objects.checkFromIndexSize(first, length, elements);
    if (floats != null) {
      return of(Arrays.copyOfRange(floats, first, first + length), newShape);
    }
    if (doubles != null) {
      return of(Arrays.copyOfRange(doubles, first, first + length), newShape);
    }
    if (device != null) {
      long start = device.address() + (long) first * type.bytes();
      return onDevice(start, device.stream(), type, newShape);
    }
    ByteBuffer part = buffer().slice(first * type.bytes(), length * type.bytes());
    return of(part, type, newShape);
  }

  /**
   * Reads one element.
   *
   * @param index row-major position
   * @return the element, widened exactly
   * @throws IllegalStateException if the elements are on a GPU
   */
  public double get(int index) {
    if (floats != null) {
      return floats[index];
    }
    if (doubles != null) {
      return doubles[index];
    }
    ByteBuffer data = buffer();
    return switch (type) {
      case F32 -> data.getFloat(index * 4);
      case F64 -> data.getDouble(index * 8);
      case BF16 -> Float.intBitsToFloat(data.getShort(index * 2) << 16);
      case F16 -> halfToFloat(data.getShort(index * 2));
    };
  }

  /**
   * Writes one element.
   *
   * @param index row-major position
   * @param value the value, rounded to the element type
   * @throws UnsupportedOperationException for F16 and BF16, which are input formats only
   * @throws IllegalStateException if the elements are on a GPU
   */
  public void set(int index, double value) {
    if (floats != null) {
      floats[index] = (float) value;
    } else if (doubles != null) {
      doubles[index] = value;
    } else if (type == ElementType.F32) {
      buffer().putFloat(index * 4, (float) value);
    } else if (type == ElementType.F64) {
      buffer().putDouble(index * 8, value);
    } else {
      throw new UnsupportedOperationException(type + " tensors are read-only");
    }
  }

  /**
   * Copies all elements.
   *
   * @return a new array, widened exactly
   * @throws IllegalStateException if the elements are on a GPU
   */
  public double[] toDoubles() {
    if (doubles != null) {
      return doubles.clone();
    }
    double[] out = new double[elements];
    if (bytes != null && type == ElementType.F64) {
      bytes.asDoubleBuffer().get(0, out);
      return out;
    }
    for (int i = 0; i < elements; i++) {
      out[i] = get(i);
    }
    return out;
  }

  /**
   * The array behind a view made of a {@code float[]}.
   *
   * @return the array itself, or null when the memory is something else
   */
  public float @Nullable [] floatArray() {
    return floats;
  }

  /**
   * The array behind a view made of a {@code double[]}.
   *
   * @return the array itself, or null when the memory is something else
   */
  public double @Nullable [] doubleArray() {
    return doubles;
  }

  /**
   * The buffer behind a view made of a buffer.
   *
   * @return a duplicate from element 0 to the end, little endian, or null when the memory is
   *     something else
   */
  public @Nullable ByteBuffer byteBuffer() {
    return bytes == null ? null : bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Where a view made by {@link #onDevice} lies.
   *
   * @return the address and its stream, or null when the elements are in host memory
   */
  public @Nullable DeviceAddress device() {
    return device;
  }

  private ByteBuffer buffer() {
    if (bytes == null) {
      throw new IllegalStateException(
          "A tensor in the memory of a GPU was read on the host; copy it to the host first.");
    }
    return bytes;
  }

  private static float halfToFloat(short half) {
    int bits = half & 0xffff;
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int mantissa = bits & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 31 ? 0xff : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (mantissa << 13));
  }

  @Override
  public String toString() {
    return type + Arrays.toString(shape) + (device == null ? "" : " on a GPU");
  }
}
