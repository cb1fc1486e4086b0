/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * A new directory of mode 0700 and of a name that nobody can guess, deleted when the JVM exits. The
 * next process deletes those of processes that were killed: it can lock what their owner had
 * locked.
 */
final class PrivateDirectory {
  private static final Logger LOGGER = System.getLogger(PrivateDirectory.class.getName());
  private static final String PREFIX = "influence4j-natives-";
  private static final String LOCK = "lock";

  /** How long a process may take between making its directory and locking it. */
  private static final Duration STARTING = Duration.ofHours(1);

  private final Path path;

  /** Held until the JVM exits, open as long as this object lives. */
  private final FileChannel lock;

  private PrivateDirectory(Path path, FileChannel lock) {
    this.path = path;
    this.lock = lock;
  }

  /** Makes one in the directory for temporary files. */
  static PrivateDirectory create() throws IOException {
    Path parent = Path.of(System.getProperty("java.io.tmpdir")).toAbsolutePath();
    Path path = OwnerOnly.temporaryDirectory(parent, prefix());
    String problem = Ownership.problem(path);
    if (problem != null) {
      Files.delete(path);
      throw new IOException(problem);
    }
    FileChannel channel =
        FileChannel.open(
            path.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    OwnerOnly.file(path.resolve(LOCK)); // of the next process, that deletes it
    FileLock held = channel.lock();
    PrivateDirectory directory = new PrivateDirectory(path, held.channel());
    Runtime.getRuntime().addShutdownHook(new Thread(directory::close, "influence4j-natives"));
    deleteStale(parent);
    return directory;
  }

  Path path() {
    return path;
  }

  private void close() {
    try {
      delete(path);
      lock.close();
    } catch (IOException | UncheckedIOException e) {
      LOGGER.log(Level.DEBUG, "Left for the next process: " + path, e);
    }
  }

  private static String prefix() {
    return PREFIX + ProcessHandle.current().pid() + "-";
  }

  /** Deletes what processes of this user left behind that were killed. */
  static void deleteStale(Path parent) throws IOException {
    try (DirectoryStream<Path> found = Files.newDirectoryStream(parent, PREFIX + "*")) {
      for (Path directory : found) {
        // Probing a lock of this process would release it.
        boolean own = directory.getFileName().toString().startsWith(prefix());
        if (!own) {
          deleteIfStale(directory);
        }
      }
    }
  }

  private static void deleteIfStale(Path directory) {
    try {
      if (isStale(directory)) {
        delete(directory);
      }
    } catch (IOException | UncheckedIOException e) {
      LOGGER.log(Level.DEBUG, "Left for the next process: " + directory, e);
    }
  }

  private static boolean isStale(Path directory) throws IOException {
    if (!Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS) || !Ownership.mine(directory)) {
      return false;
    }
    Path lock = directory.resolve(LOCK);
    // Without a lock yet, or a pipe of that name, which would be waited for.
    return Files.isRegularFile(lock, LinkOption.NOFOLLOW_LINKS)
        ? isUnlocked(lock)
        : isOld(directory);
  }

  private static boolean isUnlocked(Path lock) throws IOException {
    try (FileChannel channel =
            FileChannel.open(lock, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock free = channel.tryLock()) {
      return free != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  private static boolean isOld(Path directory) throws IOException {
    FileTime time = Files.getLastModifiedTime(directory, LinkOption.NOFOLLOW_LINKS);
    return time.toInstant().isBefore(Instant.now().minus(STARTING));
  }

  /** Deletes a directory with all that is in it; does not follow links. */
  private static void delete(Path directory) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(directory)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.deleteIfExists(file);
    }
  }
}
