/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;

/**
 * A pointer that is set to one address after the other: making a new JavaCPP pointer costs more
 * than the call it is for. Not thread-safe.
 */
final class Address extends Pointer {
  Address() {
    super((Pointer) null);
  }

  Address at(long value) {
    address = value;
    return this;
  }

  /** A stream that someone else made. */
  static final class Stream extends CUstream_st {
    Stream at(long value) {
      address = value;
      return this;
    }
  }

  /** To floats. */
  static final class Floats extends FloatPointer {
    Floats() {
      super((Pointer) null);
    }

    Floats at(long value) {
      address = value;
      return this;
    }
  }

  /** To doubles. */
  static final class Doubles extends DoublePointer {
    Doubles() {
      super((Pointer) null);
    }

    Doubles at(long value) {
      address = value;
      return this;
    }
  }

  /** To ints. */
  static final class Ints extends IntPointer {
    Ints() {
      super((Pointer) null);
    }

    Ints at(long value) {
      address = value;
      return this;
    }
  }
}
