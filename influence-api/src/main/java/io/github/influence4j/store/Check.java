/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.util.Locale;

/** Refuses bad input. */
final class Check {
  private Check() {}

  /** Throws with a message that the user sees. */
  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  static void that(boolean condition, String format, Object... arguments) {
    if (!condition) {
      throw new IllegalArgumentException(String.format(Locale.ROOT, format, arguments));
    }
  }
}
