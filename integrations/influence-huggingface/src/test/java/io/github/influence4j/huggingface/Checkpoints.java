/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Checkpoints with golden data: the few that are resources, and all in the directory that {@code
 * -Dinfluence4j.test.checkpoints=DIR} names.
 */
final class Checkpoints {
  private static final Path RESOURCES = Path.of("src", "test", "resources", "checkpoints");
  private static final String PROPERTY = "influence4j.test.checkpoints";

  private Checkpoints() {}

  /** A checkpoint among the resources. */
  static Path resource(String name) {
    return RESOURCES.resolve(name);
  }

  /** Directories that hold a file. */
  static List<Path> with(String file) {
    List<Path> out = new ArrayList<>(with(RESOURCES, file));
    String more = System.getProperty(PROPERTY, "");
    if (!more.isEmpty()) {
      out.addAll(with(Path.of(more), file));
    }
    return out;
  }

  /** Directories in a folder of the property's that hold a file; none without it. */
  static List<Path> under(String folder, String file) {
    String more = System.getProperty(PROPERTY, "");
    return more.isEmpty() ? List.of() : with(Path.of(more, folder), file);
  }

  private static List<Path> with(Path root, String file) {
    try (Stream<Path> all = Files.list(root)) {
      return all.filter(path -> Files.exists(path.resolve(file))).sorted().toList();
    } catch (IOException e) {
      throw new IllegalArgumentException("-D" + PROPERTY + ": no directory " + root, e);
    }
  }
}
