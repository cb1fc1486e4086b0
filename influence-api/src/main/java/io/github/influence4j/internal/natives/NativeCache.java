/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The directories that libraries are unpacked to, the most wanted first: the one that the user
 * chose, and no other; else {@code .cache/influence4j} in the home, if it is this user's alone;
 * else a private one that is deleted at exit.
 */
final class NativeCache {
  private final List<String> problems = new ArrayList<>();
  private final boolean chosen;
  private @Nullable Path directory;
  private @Nullable PrivateDirectory temporary;

  private NativeCache(boolean chosen) {
    this.chosen = chosen;
  }

  /**
   * Looks where the property and the environment say.
   *
   * @throws NativeLoadException if the directory that the user chose cannot be used
   */
  static NativeCache find() {
    String property = System.getProperty(NativeLibraries.DIRECTORY);
    NativeCache cache = new NativeCache(property != null);
    if (property != null) {
      cache.directory = Path.of(property).toAbsolutePath();
      return cache;
    }
    try {
      cache.directory = ofUser();
    } catch (IOException | InvalidPathException e) {
      cache.problems.add(text(e));
    }
    return cache;
  }

  /** Whether the user chose the directory. */
  boolean chosen() {
    return chosen;
  }

  /** The lasting directory, null if there is none or it cannot be used. */
  @Nullable Path directory() {
    return directory;
  }

  /** Goes on without the lasting directory, and says why if nothing else can be used either. */
  void giveUp(IOException reason) {
    problems.add(text(reason));
    directory = null;
  }

  /**
   * The directory that is deleted at exit.
   *
   * @throws NativeLoadException if there is none, with all reasons
   */
  Path temporary() {
    if (temporary == null) {
      try {
        temporary = PrivateDirectory.create();
      } catch (IOException | InvalidPathException e) {
        problems.add(text(e));
        throw unusable(e);
      }
    }
    return temporary.path();
  }

  /** That libraries can be unpacked nowhere. */
  NativeLoadException unusable(Exception last) {
    return new NativeLoadException(
        "native libraries cannot be unpacked ("
            + String.join("; ", problems)
            + "); set -D"
            + NativeLibraries.DIRECTORY
            + " to a directory that this user can write to, or -Djava.io.tmpdir",
        last);
  }

  private static Path ofUser() throws IOException {
    String home = System.getProperty("user.home", "");
    // Java says ? where the user has no entry in the list of users.
    if (!Path.of(home).isAbsolute() || !Files.isDirectory(Path.of(home))) {
      throw new IOException("the home directory \"" + home + "\" does not exist");
    }
    Path directory = Path.of(home).toRealPath();
    for (String name : List.of(".cache", "influence4j")) {
      directory = directory.resolve(name);
      OwnerOnly.directory(directory);
    }
    String problem = Ownership.problem(directory);
    if (problem != null) {
      throw new IOException(problem);
    }
    return directory;
  }

  /** The message, with the path that Java's own leave alone. */
  private static String text(Exception e) {
    return LoadFailures.text(e);
  }
}
