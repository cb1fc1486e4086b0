/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/**
 * Makes directories and files that this user can use and nobody else. Their modes are looked at
 * after they are made, for a umask may take the owner's permissions, too.
 */
final class OwnerOnly {
  private static final Set<PosixFilePermission> DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> FILE = PosixFilePermissions.fromString("rw-------");

  private OwnerOnly() {}

  /** Makes a directory where there is none; what is there keeps its mode. */
  static void directory(Path directory) throws IOException {
    if (Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    try {
      Files.createDirectory(directory, PosixFilePermissions.asFileAttribute(DIRECTORY));
      mode(directory, DIRECTORY);
    } catch (FileAlreadyExistsException e) {
      // Another process was faster, or it is a file or a link: the check of the owner tells.
      if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException(directory + " is a symbolic link or no directory", e);
      }
    }
  }

  /** Makes a directory, and those above it that are missing. */
  static void directories(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Path parent = directory.getParent();
      if (parent != null) {
        directories(parent);
      }
      directory(directory);
    }
  }

  /** Makes a directory of a name that nobody can guess. */
  static Path temporaryDirectory(Path parent, String prefix) throws IOException {
    return mode(Files.createTempDirectory(parent, prefix), DIRECTORY);
  }

  /** Lets this user read and write a new file. */
  static void file(Path file) throws IOException {
    mode(file, FILE);
  }

  /** Some file systems (FUSE) refuse to set a mode, even to what it is. */
  private static Path mode(Path file, Set<PosixFilePermission> wanted) throws IOException {
    return Files.getPosixFilePermissions(file).equals(wanted)
        ? file
        : Files.setPosixFilePermissions(file, wanted);
  }
}
