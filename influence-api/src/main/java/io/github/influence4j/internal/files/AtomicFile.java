/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.UUID;

/** Replaces a file in one step. */
public final class AtomicFile {
  private AtomicFile() {}

  /** What goes into the file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param channel of the new file
     * @throws IOException if writing fails
     */
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes a file. The bytes go to a new file in the same folder, are forced to the disk, and the
   * new file then takes the name in one step: whoever opens {@code file}, at any time and after any
   * crash, finds the old content or the new one, complete.
   *
   * @param file created or replaced; its folder must exist
   * @param content its bytes
   * @throws IOException if writing fails, for example because the disk is full; a file that was
   *     there before is unchanged
   */
  public static void write(Path file, Content content) throws IOException {
    Path target = file.toAbsolutePath();
    Path temporary = target.resolveSibling(".influence4j-" + UUID.randomUUID() + ".tmp");
    try {
      try (FileChannel channel = create(temporary, file)) {
        content.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error e) {
      deleteAfter(e, temporary);
      throw e;
    }
    forceFolder(target);
  }

  /** Errors name the file that was asked for, not the temporary one. */
  private static FileChannel create(Path temporary, Path file) throws IOException {
    FileSystemException clear;
    try {
      return FileChannel.open(temporary, StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW);
    } catch (NoSuchFileException e) {
      clear = new NoSuchFileException(file.toString(), null, "its folder does not exist");
      clear.initCause(e);
    } catch (AccessDeniedException e) {
      clear = new AccessDeniedException(file.toString(), null, "its folder cannot be written");
      clear.initCause(e);
    }
    throw clear;
  }

  private static void deleteAfter(Throwable failure, Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /** Makes the new name survive a power failure, where folders can be opened (not on Windows). */
  private static void forceFolder(Path target) {
    Path folder = Objects.requireNonNull(target.getParent());
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The file itself is complete and on the disk; only its name may be lost with the power.
      return;
    }
  }
}
