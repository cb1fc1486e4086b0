/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A dense, row-major tensor in host memory or on a GPU, borrowed or immutable.
 *
 * <p>A borrowed view frees nothing, and copies nothing but where {@link #slice} takes a part of an
 * array: the memory belongs to whoever made it. A view handed to {@link GradientSink#accept} is
 * read during that call only, so the memory may be reused or freed when the call returns; that of a
 * GPU in the order of its stream.
 *
 * <p>An {@linkplain #isImmutable immutable} tensor has memory of its own, direct and freed with it,
 * that nothing can change: neither {@link #set}, nor the buffer it gives out, nor whoever made it.
 *
 * <pre>{@code
 * TensorView activations = TensorView.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3); // [rows, columns]
 * TensorView onGpu = TensorView.onDevice(address, stream, ElementType.BF16, 2, 3);
 * }</pre>
 */
public final class TensorView {
  private final TensorMemory memory;
  private final long[] shape;
  private final int elements;

  /** Gives the bytes of a tensor that is being made. */
  @FunctionalInterface
  public interface Content {
    /**
     * Fills a buffer.
     *
     * @param position of the first byte within the tensor
     * @param target filled from its position to its limit, little endian; lent during the call only
     * @throws IOException if the content cannot be had
     */
    void read(long position, ByteBuffer target) throws IOException;
  }

  private TensorView(TensorMemory memory, long[] shape, int available) {
    this.memory = memory;
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
              + memory.type
              + " values; pass memory of exactly that size (slice the buffer).");
    }
  }

  /**
   * Wraps an array.
   *
   * @param data the elements, row-major; borrowed
   * @param shape the sizes, outermost first; their product is {@code data.length}
   * @return a view of type F32
   */
  public static TensorView of(float[] data, long... shape) {
    return new TensorView(TensorMemory.of(data), shape, data.length);
  }

  /**
   * Wraps an array.
   *
   * @param data the elements, row-major; borrowed
   * @param shape the sizes, outermost first; their product is {@code data.length}
   * @return a view of type F64
   */
  public static TensorView of(double[] data, long... shape) {
    return new TensorView(TensorMemory.of(data), shape, data.length);
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
    return of(data, type, shape, false);
  }

  private static TensorView of(ByteBuffer data, ElementType type, long[] shape, boolean immutable) {
    TensorMemory memory = TensorMemory.of(data, type, immutable);
    return new TensorView(memory, shape, data.remaining() / type.bytes());
  }

  /**
   * Lends memory of a GPU to a backend that computes there, without a copy. The backend reads it
   * after all work that is queued on the stream when the tensor is handed over; work queued on the
   * stream afterwards waits for the backend. So the memory may be written anew or freed in the
   * order of that stream; before it is touched from another stream or from the host, synchronise
   * the stream. Backends that do not run on a GPU refuse such tensors.
   *
   * @param address of the first element; a multiple of the element size, borrowed
   * @param stream the {@code cudaStream_t} on which the elements are written; 0 is the legacy
   *     default stream. Code compiled for per-thread default streams passes one that it created:
   *     {@code cudaStreamPerThread} is another stream in each thread, and refused
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
    TensorMemory memory = TensorMemory.of(new DeviceAddress(address, stream), type);
    return new TensorView(memory, shape, elements);
  }

  /**
   * Makes a zeroed tensor in direct memory, which lives as long as the view is reachable.
   *
   * @param type how the elements are stored
   * @param shape the sizes, outermost first; at most 2 GiB in all
   * @return a view that owns its memory
   */
  public static TensorView allocate(ElementType type, long... shape) {
    return of(memory(type, shape), type, shape);
  }

  /**
   * Makes an immutable tensor.
   *
   * @param type F32 or F64
   * @param values copied, rounded to the type
   * @param shape the sizes, outermost first; at most 2 GiB in all
   * @return a tensor that nobody can change
   */
  public static TensorView immutable(ElementType type, double[] values, long... shape) {
    ByteBuffer memory = memory(type, shape);
    TensorView writable = of(memory, type, shape);
    if (values.length != writable.elements) {
      throw new IllegalArgumentException(
          values.length + " values do not fit a tensor of shape " + Arrays.toString(shape) + ".");
    }
    for (int i = 0; i < values.length; i++) {
      writable.set(i, values[i]);
    }
    return of(memory.asReadOnlyBuffer(), type, shape, true);
  }

  /**
   * Makes an immutable tensor, such as of what lies in a file.
   *
   * @param type how the elements are stored
   * @param content gives all bytes
   * @param shape the sizes, outermost first; at most 2 GiB in all
   * @return a tensor that nobody can change
   * @throws IOException if the content cannot be had
   */
  public static TensorView immutable(ElementType type, Content content, long... shape)
      throws IOException {
    ByteBuffer memory = memory(type, shape);
    content.read(0, memory.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    return of(memory.asReadOnlyBuffer(), type, shape, true);
  }

  /**
   * The same numbers where nobody can change them.
   *
   * @return this tensor if it is immutable, otherwise a copy
   * @throws IllegalStateException if the elements are on a GPU
   */
  public TensorView toImmutable() {
    if (memory.immutable) {
      return this;
    }
    ByteBuffer copy = memory(memory.type, shape);
    memory.copyTo(copy);
    return of(copy.asReadOnlyBuffer(), memory.type, shape, true);
  }

  private static ByteBuffer memory(ElementType type, long[] shape) {
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
    return ByteBuffer.allocateDirect((int) size).order(ByteOrder.LITTLE_ENDIAN);
  }

  private static int count(long[] shape) {
    double product = 1; // exact as far as it is used
    for (long size : shape) {
      if (size < 0) {
        throw new IllegalArgumentException("Negative size in shape " + Arrays.toString(shape));
      }
      product *= size;
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
    return memory.type;
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
   * Whether nobody can change the elements.
   *
   * @return true for tensors made by {@code immutable} or {@link #toImmutable}, and their slices
   */
  public boolean isImmutable() {
    return memory.immutable;
  }

  /**
   * The same memory under another shape.
   *
   * @param newShape the new sizes, with the same product
   * @return a view of the same memory
   */
  public TensorView reshape(long... newShape) {
    return new TensorView(memory, newShape, elements);
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
    DeviceAddress device = memory.device;
    if (device != null) {
      long start = device.address() + (long) first * memory.type.bytes();
      return onDevice(start, device.stream(), memory.type, newShape);
    }
    return new TensorView(memory.slice(first, length), newShape, length);
  }

  /**
   * Reads one element.
   *
   * @param index row-major position
   * @return the element, widened exactly
   * @throws IllegalStateException if the elements are on a GPU
   */
  public double get(int index) {
    return memory.get(index);
  }

  /**
   * Writes one element.
   *
   * @param index row-major position
   * @param value the value, rounded to the element type
   * @throws UnsupportedOperationException for F16 and BF16, which are input formats only, and for
   *     tensors that are immutable or lie in a read-only buffer
   * @throws IllegalStateException if the elements are on a GPU
   */
  public void set(int index, double value) {
    memory.set(index, value);
  }

  /**
   * Copies all elements.
   *
   * @return a new array, widened exactly
   * @throws IllegalStateException if the elements are on a GPU
   */
  public double[] toDoubles() {
    return memory.toDoubles(elements);
  }

  /**
   * The array behind a view made of a {@code float[]}.
   *
   * @return the array itself, or null when the memory is something else
   */
  public float @Nullable [] floatArray() {
    return memory.floats;
  }

  /**
   * The array behind a view made of a {@code double[]}.
   *
   * @return the array itself, or null when the memory is something else
   */
  public double @Nullable [] doubleArray() {
    return memory.doubles;
  }

  /**
   * The buffer behind an immutable tensor, or a view made of a buffer.
   *
   * @return a duplicate from element 0 to the end, little endian and of an immutable tensor
   *     read-only, or null when the memory is something else
   */
  public @Nullable ByteBuffer byteBuffer() {
    ByteBuffer bytes = memory.bytes;
    return bytes == null ? null : bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * Where a view made by {@link #onDevice} lies.
   *
   * @return the address and its stream, or null when the elements are in host memory
   */
  public @Nullable DeviceAddress device() {
    return memory.device;
  }

  @Override
  public String toString() {
    return memory.type + Arrays.toString(shape) + (memory.device == null ? "" : " on a GPU");
  }
}
