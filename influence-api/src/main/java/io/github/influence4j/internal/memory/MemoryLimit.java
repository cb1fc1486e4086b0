/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.memory;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory that this process may use: that of the machine, or less if a control group (version 1
 * or 2) around it has a limit. Beyond it the kernel kills the process.
 */
final class MemoryLimit {
  /** What {@link #bytes} returns where nothing says how much memory there is. */
  static final long NONE = Long.MAX_VALUE;

  private static final Logger LOGGER = System.getLogger(MemoryLimit.class.getName());

  /** A space and the like, in the table of mounts. */
  private static final Pattern OCTAL = Pattern.compile("\\\\([0-7]{3})");

  /** Version 2 in front; memory.high slows a process down until it stands still. */
  private static final List<String> FILES =
      List.of("memory.max", "memory.high", "memory.limit_in_bytes");

  private final Path root;

  private MemoryLimit(Path root) {
    this.root = root;
  }

  /**
   * Asks the kernel.
   *
   * @param root where its files are, {@code /}
   * @return bytes, or {@link #NONE}
   */
  static long bytes(Path root) {
    MemoryLimit limit = new MemoryLimit(root);
    long least = limit.ofMachine();
    for (Path group : limit.groups()) {
      for (String file : FILES) {
        least = Math.min(least, limit.value(group.resolve(file)));
      }
    }
    return least;
  }

  private long ofMachine() {
    for (String line : lines("proc/meminfo")) {
      String[] words = line.split("\\s+", -1);
      if (words[0].equals("MemTotal:")) {
        return Long.parseLong(words[1]) << 10;
      }
    }
    return NONE;
  }

  /** The control groups for memory that the process is in, with those around them. */
  private List<Path> groups() {
    List<Path> groups = new ArrayList<>();
    for (String line : lines("proc/self/cgroup")) {
      // number:controllers:path; version 2 has neither.
      String[] parts = line.split(":", 3);
      boolean second = parts.length == 3 && parts[1].isEmpty();
      boolean first =
          parts.length == 3 && Arrays.asList(parts[1].split(",", -1)).contains("memory");
      if (first || second) {
        for (String mount : lines("proc/self/mountinfo")) {
          addGroups(mount, second, parts[2], groups);
        }
      }
    }
    return groups;
  }

  private void addGroups(String mount, boolean second, String group, List<Path> groups) {
    String[] halves = mount.split(" - ", 2);
    String[] where = halves[0].split(" ", -1);
    String[] what = halves.length < 2 ? new String[0] : halves[1].split(" ", -1);
    if (where.length < 5 || what.length < 3) {
      return;
    }
    boolean memory = Arrays.asList(what[2].split(",", -1)).contains("memory");
    if (second ? !what[0].equals("cgroup2") : !what[0].equals("cgroup") || !memory) {
      return;
    }
    String mounted = unescaped(where[3]);
    Path top = root.resolve(unescaped(where[4]).substring(1)).normalize();
    Path lowest = top.resolve(below(mounted, group)).normalize();
    for (Path path = lowest; path != null && path.startsWith(top); path = path.getParent()) {
      groups.add(path);
    }
  }

  /** The path of a group in a mount; in a container its own group is often the mount itself. */
  private static String below(String mounted, String group) {
    String prefix = mounted.equals("/") ? "" : mounted;
    return group.startsWith(prefix + "/") && !group.contains("..")
        ? group.substring(prefix.length() + 1)
        : "";
  }

  private static String unescaped(String path) {
    return OCTAL
        .matcher(path)
        .replaceAll(
            match ->
                Matcher.quoteReplacement(
                    String.valueOf((char) Integer.parseInt(match.group(1), 8))));
  }

  private long value(Path file) {
    List<String> lines = linesOf(file);
    String text = lines.isEmpty() ? "max" : lines.get(0).strip();
    try {
      return text.equals("max") ? NONE : Long.parseLong(text);
    } catch (NumberFormatException e) {
      LOGGER.log(Level.DEBUG, "No limit is taken from " + file, e);
      return NONE;
    }
  }

  private List<String> lines(String file) {
    return linesOf(root.resolve(file));
  }

  /** Of a file of the kernel; none if it is not there, for no system has them all. */
  private static List<String> linesOf(Path file) {
    if (!Files.isReadable(file)) {
      return List.of();
    }
    try {
      return Files.readAllLines(file);
    } catch (IOException e) {
      LOGGER.log(Level.DEBUG, "No limit is taken from " + file, e);
      return List.of();
    }
  }
}
