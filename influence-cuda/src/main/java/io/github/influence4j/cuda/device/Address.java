/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A pointer that is set to one address after the other: making a new JavaCPP pointer costs more
 * than the call it is for. Not thread-safe.
 */
public final class Address extends Pointer {
  public Address() {
    super((Pointer) null);
  }

  public Address at(long value) {
    address = value;
    return this;
  }

  /** A stream that someone else made. */
  static final class Stream extends CUstream_st {
    public Stream at(long value) {
      address = value;
      return this;
    }
  }

  /** To floats. */
  static final class Floats extends FloatPointer {
    Floats() {
      super((Pointer) null);
    }

    public Floats at(long value) {
      address = value;
      return this;
    }
  }

  /** To doubles. */
  static final class Doubles extends DoublePointer {
    Doubles() {
      super((Pointer) null);
    }

    public Doubles at(long value) {
      address = value;
      return this;
    }
  }

  /** To ints. */
  static final class Ints extends IntPointer {
    Ints() {
      super((Pointer) null);
    }

    public Ints at(long value) {
      address = value;
      return this;
    }
  }
}
