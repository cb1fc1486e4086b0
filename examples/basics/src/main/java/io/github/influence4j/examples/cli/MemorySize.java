/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Bytes as a JVM's options take them: {@code 800m}, {@code 4g}. */
final class MemorySize implements ITypeConverter<Long> {
  private static final Pattern FORM = Pattern.compile("(\\d{1,18})([kmgt]?)");
  private static final String UNITS = "kmgt";

  /** For picocli. */
  MemorySize() {}

  @Override
  public Long convert(String text) {
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (matcher.matches()) {
      boolean bytes = matcher.group(2).isEmpty();
      long unit = bytes ? 1 : 1L << (10 * (UNITS.indexOf(matcher.group(2)) + 1));
      long number = Long.parseLong(matcher.group(1));
      if (number <= Long.MAX_VALUE / unit) {
        return number * unit;
      }
    }
    throw new TypeConversionException(
        "\"" + text + "\" is no amount of memory; write it as 800m or 4g");
  }
}
