/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** A program that uses nothing of PyTorch before the adapter. */
public final class LoadingProgram {
  private LoadingProgram() {}

  public static void main(String[] arguments) throws IOException {
    try {
      new Taps();
    } catch (IllegalStateException e) {
      System.out.println("refused " + e.getMessage());
      return;
    }
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      lines
          .filter(line -> line.contains(".jar/"))
          .map(line -> line.substring(line.indexOf('/')))
          .distinct()
          .forEach(file -> System.out.println("mapped " + file));
    }
  }
}
