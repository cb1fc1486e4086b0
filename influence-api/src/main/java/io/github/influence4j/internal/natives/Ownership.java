/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/** Whether somebody else could put a file where libraries are loaded from. */
final class Ownership {
  private static final int ROOT = 0;
  private static final int WRITABLE_BY_GROUP = 0020;
  private static final int WRITABLE_BY_OTHERS = 0002;
  private static final int STICKY = 01000;
  private static final int PERMISSIONS = 0777;
  private static final int OWNER_ONLY = 0700;

  private Ownership() {}

  /**
   * Why a directory is not ours alone: it and all above it are checked.
   *
   * @param directory exists
   * @return null if it is a directory of this user, of mode 0700, that nobody else can replace
   */
  static @Nullable String problem(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return directory + " is a symbolic link or no directory";
    }
    int permissions = mode(directory) & PERMISSIONS;
    if (permissions != OWNER_ONLY) {
      return directory
          + " has mode "
          + PosixFilePermissions.toString(attributes(directory).permissions())
          + ", not rwx------";
    }
    if (uid(directory) != user()) {
      return directory + " belongs to another user, " + attributes(directory).owner().getName();
    }
    return problemOfPath(directory);
  }

  /**
   * Why another user could write to a directory or replace it.
   *
   * @param directory exists
   * @return null if only this user and root can
   */
  static @Nullable String problemOfPath(Path directory) throws IOException {
    for (Path path = directory.toRealPath(); path != null; path = path.getParent()) {
      int owner = uid(path);
      if (owner != ROOT && owner != user()) {
        return path + " belongs to another user, " + attributes(path).owner().getName();
      }
      // In a sticky directory nobody renames or deletes what is another's; but they may add.
      boolean sticky = (mode(path) & STICKY) != 0 && !path.equals(directory.toRealPath());
      if (!sticky && writableByOthers(path)) {
        return path + " can be written to by other users";
      }
    }
    return null;
  }

  private static boolean writableByOthers(Path path) throws IOException {
    int mode = mode(path);
    if ((mode & WRITABLE_BY_OTHERS) != 0) {
      return true;
    }
    // Many systems give every user a group of the same name, and let it write.
    PosixFileAttributes attributes = attributes(path);
    return (mode & WRITABLE_BY_GROUP) != 0
        && !attributes.group().getName().equals(attributes.owner().getName());
  }

  /** Whether a path, itself and not what it links to, belongs to this user. */
  static boolean mine(Path path) throws IOException {
    return uid(path) == user();
  }

  private static int user() throws IOException {
    // A link to the directory of this process, which belongs to the user that it runs as.
    return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
  }

  private static int uid(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static int mode(Path path) throws IOException {
    return (int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS);
  }

  private static PosixFileAttributes attributes(Path path) throws IOException {
    return Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }
}
