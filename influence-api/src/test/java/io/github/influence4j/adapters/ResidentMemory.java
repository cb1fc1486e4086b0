/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a process holds of the machine's memory, native memory too. */
public final class ResidentMemory {
  private static final int MOST_KILOBYTES = 48 * 1024;

  private ResidentMemory() {}

  /**
   * Requires that a program which captures many batches, and prints by how many kB it has grown
   * over the last of them, hardly grows. It runs in a JVM of its own, whose heap is resident from
   * the start and does not grow, so that all growth is native memory.
   */
  public static void assertFlat(Class<?> program) throws IOException, InterruptedException {
    List<String> heap = List.of("-Xms128m", "-Xmx128m", "-XX:+AlwaysPreTouch");
    String growth = ChildJvm.output(ChildJvm.command(heap, program));
    assertThat(Long.parseLong(growth)).as("growth in kB").isLessThan(MOST_KILOBYTES);
  }

  /** Of this process. */
  public static long kilobytes() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
