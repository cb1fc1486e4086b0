/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps a folder for one run at a time. The operating system releases the lock of a process that
 * ends in whatever way, so a killed one keeps nobody out. The lock file stays in the folder; it
 * says who was there last.
 *
 * <pre>{@code
 * try (FolderLock lock = FolderLock.take(folder)) {
 *   ...
 * }
 * }</pre>
 */
public final class FolderLock implements AutoCloseable {
  private static final String FILE = ".influence4j.lock";

  /**
   * Behind the text, which others read while the lock is held; Windows keeps them from the rest.
   */
  private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;

  /**
   * Folders of this process. The system's locks are those of the whole process, and closing a file
   * gives them up: a second channel must never be opened on a file that is locked here.
   */
  private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Takes a folder, or says who has it.
   *
   * @param folder exists
   * @return the lock, to be closed
   * @throws FileSystemException if another run has it, in this process or another, or if its file
   *     system has no locks
   * @throws IOException if the folder cannot be written
   */
  public static FolderLock take(Path folder) throws IOException {
    Path real = folder.toRealPath();
    if (!HELD.add(real)) {
      throw inUse(folder, "this process");
    }
    FileChannel channel = null;
    try {
      Path file = real.resolve(FILE);
      channel = open(file, folder);
      if (!lock(channel, folder)) {
        throw inUse(folder, Files.readString(file).strip());
      }
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(holder().getBytes(StandardCharsets.UTF_8)));
      return new FolderLock(real, channel);
    } catch (IOException | RuntimeException e) {
      HELD.remove(real);
      if (channel != null) {
        channel.close();
      }
      throw e;
    }
  }

  private static FileChannel open(Path file, Path folder) throws IOException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
        && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new FileSystemException(file.toString(), null, "is not a lock file; remove it");
    }
    try {
      return FileChannel.open(
          file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    } catch (IOException e) {
      throw WriteErrors.named(e, folder);
    }
  }

  private static boolean lock(FileChannel channel, Path folder) throws IOException {
    FileLock lock;
    try {
      lock = channel.tryLock(LOCKED_BYTE, 1, false);
    } catch (OverlappingFileLockException e) {
      return false;
    } catch (IOException e) {
      FileSystemException clear =
          new FileSystemException(
              folder.toString(),
              null,
              "its file system has no locks, so two runs in it could not be told apart ("
                  + e.getMessage()
                  + "); name a folder on another disk");
      clear.initCause(e);
      throw clear;
    }
    return lock != null;
  }

  /** What the others read. */
  private static String holder() {
    return "process "
        + ProcessHandle.current().pid()
        + machine()
        + " since "
        + Instant.now().truncatedTo(ChronoUnit.SECONDS)
        + "\n";
  }

  private static String machine() {
    try {
      return " on " + Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
    } catch (IOException e) {
      return ""; // not Linux
    }
  }

  private static FileSystemException inUse(Path folder, String holder) {
    return new FileSystemException(
        folder.toString(),
        null,
        "is in use by "
            + holder
            + "; wait until that run has ended, stop it, or name another"
            + " folder");
  }

  /** Gives the folder back; its lock file stays, because another run may just be opening it. */
  @Override
  public void close() throws IOException {
    try {
      channel.close();
    } finally {
      HELD.remove(folder);
    }
  }
}
