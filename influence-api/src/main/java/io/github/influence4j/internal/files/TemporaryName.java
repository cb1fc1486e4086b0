/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of files that are being written, and the deletion of those whose writer was killed. A name
 * tells the machine, the process and when that process started; the writer holds a lock on the
 * file.
 *
 * <p>A file is deleted if nobody holds its lock and its writer is gone: a process of this machine
 * (the same boot, the same process namespace) that does not run any more; of another machine or
 * container, whose processes we cannot see, a file that nobody has written to for a day. Where the
 * file system has no locks, only files of this machine are deleted.
 */
final class TemporaryName {
  private static final Pattern NAME =
      Pattern.compile("\\.influence4j-([0-9a-f]+)-(\\d+)-(\\d+)-[0-9a-f-]{36}\\.tmp");

  private static final Duration ABANDONED = Duration.ofDays(1);

  private TemporaryName() {}

  /** A name that is not taken. */
  static String next() {
    RunningProcess self = RunningProcess.self();
    return ".influence4j-"
        + self.machine()
        + "-"
        + self.pid()
        + "-"
        + self.start()
        + "-"
        + UUID.randomUUID()
        + ".tmp";
  }

  /** Best effort: what cannot be deleted does not keep anybody from writing. */
  static void deleteLeftovers(Path folder) {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, ".influence4j-*.tmp")) {
      for (Path file : files) {
        Matcher name = NAME.matcher(file.getFileName().toString());
        if (name.matches() && isLeftover(file, name)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      return; // the write itself will say what is wrong with the folder
    }
  }

  private static boolean isLeftover(Path file, Matcher name) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return false;
    }
    boolean ours = RunningProcess.self().isOnMachine(name.group(1));
    boolean gone =
        ours
            ? !RunningProcess.isRunning(Long.parseLong(name.group(2)), name.group(3))
            : Files.getLastModifiedTime(file).toInstant().isBefore(Instant.now().minus(ABANDONED));
    return gone && !isLocked(file, ours);
  }

  /** Never asked of a file of this process: closing the channel would give up the lock on it. */
  @SuppressWarnings("try") // the lock is tried, not used
  private static boolean isLocked(Path file, boolean ours) {
    try (FileChannel channel =
            FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        FileLock lock = channel.tryLock()) {
      return lock == null;
    } catch (OverlappingFileLockException e) {
      return true;
    } catch (FileSystemException e) {
      return true; // not for us to open
    } catch (IOException e) {
      return !ours; // no locks here
    }
  }
}
