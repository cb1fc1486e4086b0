/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** Compressed CSV files of numbers among the resources. */
public final class NumberRows {
  private NumberRows() {}

  /**
   * Reads all of a file.
   *
   * @param owner class in whose package the file lies
   * @param name of the file
   * @param header lines to pass over at the begin
   * @return the numbers of each line
   */
  public static List<double[]> read(Class<?> owner, String name, int header) {
    InputStream resource = owner.getResourceAsStream(name);
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(Objects.requireNonNull(resource)), StandardCharsets.UTF_8))) {
      return reader
          .lines()
          .skip(header)
          .map(line -> Arrays.stream(line.split(",")).mapToDouble(Double::parseDouble))
          .map(numbers -> numbers.toArray())
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
