/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

/** A native library cannot be used; the message says why and how to mend it. */
public final class NativeLoadException extends RuntimeException {
  private static final long serialVersionUID = 1;

  NativeLoadException(String message) {
    super(message);
  }

  NativeLoadException(String message, Throwable cause) {
    super(message, cause);
  }
}
