/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What this process has used so far.
 *
 * @param wall nanoseconds by a clock on the wall, from some beginning
 * @param processor nanoseconds of processors, those of all threads added
 */
record ProcessUse(long wall, long processor) {
  static final ProcessUse NONE = new ProcessUse(0, 0);

  private static final OperatingSystemMXBean SYSTEM =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  static ProcessUse now() {
    return new ProcessUse(System.nanoTime(), SYSTEM.getProcessCpuTime());
  }

  ProcessUse plus(ProcessUse other) {
    return new ProcessUse(wall + other.wall, processor + other.processor);
  }

  ProcessUse minus(ProcessUse other) {
    return new ProcessUse(wall - other.wall, processor - other.processor);
  }

  /** How long collections of garbage took so far. */
  static double collectorSeconds() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
            .mapToLong(GarbageCollectorMXBean::getCollectionTime)
            .sum()
        / 1e3;
  }

  /** How long the compiler of the virtual machine ran so far. */
  static double compilerSeconds() {
    return ManagementFactory.getCompilationMXBean().getTotalCompilationTime() / 1e3;
  }

  /** The memory that this process has resident, in bytes, as the kernel counts it. */
  static long residentBytes() {
    return status("VmRSS:");
  }

  /** The most memory that this process ever had resident, in bytes, as the kernel counts it. */
  static long peakResidentBytes() {
    return status("VmHWM:");
  }

  private static long status(String key) {
    try (var lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(key))
          .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst()
          .orElse(0L);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
