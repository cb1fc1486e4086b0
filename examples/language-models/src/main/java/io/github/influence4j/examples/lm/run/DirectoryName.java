/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import java.nio.file.Path;
import java.util.List;

/** What a directory is called beside others. */
public final class DirectoryName {
  private DirectoryName() {}

  /**
   * Its last name; with those above it where another directory has the same.
   *
   * @param directory to be named
   * @param among all directories, this one too
   * @return a name that no other of them has, unless it is the same directory
   */
  public static String of(Path directory, List<Path> among) {
    Path whole = whole(directory);
    List<Path> others =
        among.stream().map(DirectoryName::whole).filter(o -> !o.equals(whole)).toList();
    for (int length = 1; length < whole.getNameCount(); length++) {
      Path end = whole.subpath(whole.getNameCount() - length, whole.getNameCount());
      if (others.stream().noneMatch(other -> other.endsWith(end))) {
        return end.toString();
      }
    }
    return whole.toString();
  }

  private static Path whole(Path directory) {
    return directory.toAbsolutePath().normalize();
  }
}
