/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.support;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;

/**
 * A tensor of a backend, apart from where its elements are.
 *
 * @param <B> what its backend is known by
 */
public abstract class OwnedTensor<B> extends BackendOwned<B> implements BackendTensor {
  private static final String NAME = "Tensor";

  private final ElementType type;
  private final long[] shape;

  /**
   * A tensor whose memory is there.
   *
   * @param backend what its backend is known by
   * @param operations the backend's lock
   * @param free frees the memory; must not refer to this object
   * @param type of the elements
   * @param shape the sizes
   */
  protected OwnedTensor(
      B backend, BackendOperations operations, Runnable free, ElementType type, long... shape) {
    super(backend, operations, NAME, free);
    this.type = type;
    this.shape = shape.clone();
  }

  /**
   * The tensor that a caller handed in, if it is ours and open.
   *
   * @param given by a caller
   * @param kind what this backend makes
   * @param backend what this backend is known by
   * @return the same
   */
  public static <T extends OwnedTensor<?>> T of(
      BackendTensor given, Class<T> kind, Object backend) {
    return own(given, kind, backend, "tensor");
  }

  /**
   * The memory that a tensor takes.
   *
   * @param type of the elements
   * @param shape the sizes
   * @return bytes
   * @throws ArithmeticException if they are too many to count
   */
  public static long bytes(ElementType type, long... shape) {
    return Math.multiplyExact(elements(shape), (long) type.bytes());
  }

  private static long elements(long... shape) {
    long elements = 1;
    for (long size : shape) {
      elements = Math.multiplyExact(elements, size);
    }
    return elements;
  }

  /**
   * The type of the elements.
   *
   * @return F32 or F64
   */
  public final ElementType type() {
    return type;
  }

  /**
   * One of the sizes.
   *
   * @param dimension which, 0 being the outermost
   * @return the size
   */
  public final long size(int dimension) {
    return shape[dimension];
  }

  /**
   * The product of the sizes.
   *
   * @return number of elements
   */
  public final long elements() {
    return elements(shape);
  }

  /**
   * The memory it takes.
   *
   * @return bytes
   */
  public final long bytes() {
    return bytes(type, shape);
  }

  @Override
  public final long[] shape() {
    requireOpen();
    return shape.clone();
  }
}
