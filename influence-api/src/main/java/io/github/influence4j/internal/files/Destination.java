/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a file goes, and what is there before.
 *
 * @param named as the user says it
 * @param path the file itself, at the end of all links; absolute
 * @param before owner, group and mode of what will be replaced; null where nothing is there, or
 *     where the file system has no such things
 */
record Destination(Path named, Path path, @Nullable PosixFileAttributes before) {
  /** As many as Linux follows. */
  private static final int MOST_LINKS = 40;

  static Destination of(Path file) throws IOException {
    BasicFileAttributes there;
    try {
      there = Files.readAttributes(file, BasicFileAttributes.class);
    } catch (NoSuchFileException e) {
      return new Destination(file, endOfLinks(file), null);
    } catch (FileSystemException e) {
      if (Files.isSymbolicLink(file)) {
        endOfLinks(file); // says so if they lead in a circle
      }
      throw e instanceof AccessDeniedException ? WriteErrors.named(e, file) : e;
    }
    if (there.isDirectory()) {
      throw new FileSystemException(file.toString(), null, "is a folder; name a file");
    }
    if (!there.isRegularFile()) {
      throw new FileSystemException(
          file.toString(), null, "is a pipe or a device; name a regular file");
    }
    Path path = file.toRealPath();
    requireWritable(file, path);
    PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
    return new Destination(file, path, view == null ? null : view.readAttributes());
  }

  /** Links whose end is not there yet, which the operating system does not follow for us. */
  private static Path endOfLinks(Path file) throws IOException {
    Path path = file.toAbsolutePath();
    for (int links = 0; Files.isSymbolicLink(path); links++) {
      if (links == MOST_LINKS) {
        throw new FileSystemException(file.toString(), null, "its symbolic links lead in a circle");
      }
      path = path.resolveSibling(Files.readSymbolicLink(path));
    }
    if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(file.toString(), null, "appeared while it was looked for");
    }
    return path;
  }

  /** Its folder alone decides whether a file can be replaced, but its owner may not want it. */
  private static void requireWritable(Path file, Path path) throws IOException {
    if (Files.isWritable(path)) {
      return;
    }
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.position(0); // it is writable after all
    } catch (AccessDeniedException e) {
      AccessDeniedException clear =
          new AccessDeniedException(
              file.toString(), null, "it is write-protected; change its mode or name another file");
      clear.initCause(e);
      throw clear;
    } catch (IOException e) {
      throw WriteErrors.named(e, file);
    }
  }

  /** Nobody else reads what may be secret before the mode is what it was. */
  FileAttribute<?>[] attributesWhileWriting() {
    return before == null
        ? new FileAttribute<?>[0]
        : new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(
              EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE))
        };
  }

  /** Gives the new file owner, group and mode of the old one, as far as we may. */
  void applyTo(Path temporary) throws IOException {
    PosixFileAttributes wanted = before;
    if (wanted == null) {
      return;
    }
    PosixFileAttributeView view =
        Files.getFileAttributeView(temporary, PosixFileAttributeView.class);
    PosixFileAttributes now = view.readAttributes();
    if (!now.owner().equals(wanted.owner())) {
      allowed(() -> view.setOwner(wanted.owner()));
    }
    boolean sameGroup =
        now.group().equals(wanted.group()) || allowed(() -> view.setGroup(wanted.group()));
    Set<PosixFilePermission> mode = EnumSet.noneOf(PosixFilePermission.class);
    mode.addAll(wanted.permissions());
    if (!sameGroup) {
      keepGroupFrom(mode, PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ);
      keepGroupFrom(mode, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
      keepGroupFrom(mode, PosixFilePermission.GROUP_EXECUTE, PosixFilePermission.OTHERS_EXECUTE);
    }
    view.setPermissions(mode);
  }

  /** The members of another group get what everybody gets. */
  private static void keepGroupFrom(
      Set<PosixFilePermission> mode, PosixFilePermission group, PosixFilePermission others) {
    if (!mode.contains(others)) {
      mode.remove(group);
    }
  }

  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  /** Giving files away is for the superuser, and for members of the group. */
  private static boolean allowed(Change change) {
    try {
      change.make();
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
