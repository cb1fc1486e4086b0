/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * To which rank queries are truncated.
 *
 * @param number the rank; null for the whole of them
 */
record Rank(@Nullable Integer number) {
  /** From {@code full} or a number. */
  static final class Converter implements ITypeConverter<Rank> {
    /** For picocli. */
    Converter() {}

    @Override
    public Rank convert(String text) {
      if (text.equals("full")) {
        return new Rank(null);
      }
      try {
        int number = Integer.parseInt(text);
        if (number >= 1) {
          return new Rank(number);
        }
      } catch (NumberFormatException e) {
        // said below
      }
      throw new TypeConversionException(
          "\"" + text + "\" is neither full nor a number of 1 or more");
    }
  }

  boolean full() {
    return number == null;
  }
}
