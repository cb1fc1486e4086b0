/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Replaces a file in one step: the one way in which anything is written. The bytes go to a new file
 * in the same folder, are forced to the disk, and the new file then takes the name: whoever opens
 * the file, at any time and after any crash, finds the old content or the new one, complete.
 *
 * <ul>
 *   <li>A symbolic link stays one; the file that it names is replaced, or made if it is not there.
 *   <li>A file that is replaced keeps its mode, and its owner and group where this process may set
 *       them. Where the group cannot be kept, its members get no more than everybody. Access
 *       control lists and extended attributes are not kept, and other hard links keep the old
 *       content.
 *   <li>Write-protected files, folders, pipes and devices are refused.
 *   <li>Errors name the file that was asked for.
 *   <li>What a killed process left in the folder is deleted; see {@link TemporaryName}.
 * </ul>
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** What goes into the file. */
  @FunctionalInterface
  public interface Content {
    /**
     * Writes all of it.
     *
     * @param channel of the new file; each call of {@code write} takes all bytes that it is given
     * @throws IOException if writing fails
     */
    void writeTo(WritableByteChannel channel) throws IOException;
  }

  /**
   * Writes a file.
   *
   * @param file created or replaced; its folder must exist
   * @param content its bytes
   * @throws IOException if writing fails, for example because the disk is full; a file that was
   *     there before is unchanged
   */
  @SuppressWarnings("try") // the lock is held, not used
  public static void write(Path file, Content content) throws IOException {
    Destination destination = Destination.of(file);
    Path folder = Objects.requireNonNull(destination.path().getParent());
    TemporaryName.deleteLeftovers(folder);
    Path temporary = folder.resolve(TemporaryName.next());
    try {
      try (FileChannel channel = create(temporary, destination);
          FileLock lock = lock(channel)) {
        content.writeTo(new Named(channel, file));
        finish(channel, temporary, destination);
      }
      move(temporary, destination);
    } catch (IOException | RuntimeException | Error e) {
      deleteAfter(e, temporary);
      throw e;
    }
    forceFolder(folder);
  }

  /**
   * Says at once what a write would say after long work: that the folder is missing, that the file
   * may not be replaced and the like.
   *
   * @param file to be written later
   * @throws IOException if it cannot be, as things are now
   */
  public static void check(Path file) throws IOException {
    Destination destination = Destination.of(file);
    Path folder = Objects.requireNonNull(destination.path().getParent());
    if (!Files.isDirectory(folder)) {
      throw WriteErrors.named(new NoSuchFileException(file.toString()), file);
    }
    if (!Files.isWritable(folder)) {
      throw WriteErrors.named(new AccessDeniedException(file.toString()), file);
    }
  }

  /**
   * Writes a text in UTF-8.
   *
   * @param file created or replaced; its folder must exist
   * @param text the whole content
   * @throws IOException if writing fails; a file that was there before is unchanged
   */
  public static void writeText(Path file, String text) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    write(file, channel -> channel.write(bytes));
  }

  /**
   * Gives a file another name, in one step; a file of that name is replaced.
   *
   * @param file to rename; need not exist
   * @param name new path in the same folder
   * @throws IOException if it cannot be renamed
   */
  public static void rename(Path file, Path name) throws IOException {
    try {
      Files.move(file, name, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      return; // nothing to rename
    } catch (IOException e) {
      throw WriteErrors.named(e, name);
    }
  }

  private static void deleteAfter(Throwable failure, Path temporary) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private static FileChannel create(Path temporary, Destination destination) throws IOException {
    try {
      return FileChannel.open(
          temporary,
          Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE_NEW),
          destination.attributesWhileWriting());
    } catch (IOException e) {
      throw WriteErrors.named(e, destination.named());
    }
  }

  /** Tells other processes that the file is being written; see {@link TemporaryName}. */
  private static @Nullable FileLock lock(FileChannel channel) {
    try {
      return channel.tryLock();
    } catch (IOException e) {
      return null; // a file system without locks: others must go by the name of the file
    }
  }

  private static void finish(FileChannel channel, Path temporary, Destination destination)
      throws IOException {
    try {
      destination.applyTo(temporary);
      channel.force(true);
    } catch (IOException e) {
      throw WriteErrors.named(e, destination.named());
    }
  }

  private static void move(Path temporary, Destination destination) throws IOException {
    try {
      Files.move(temporary, destination.path(), StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw WriteErrors.named(e, destination.named());
    }
  }

  /** Makes the new name survive a power failure, where folders can be opened (not on Windows). */
  private static void forceFolder(Path folder) {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      // The file itself is complete and on the disk; only its name may be lost with the power.
      return;
    }
  }

  /** Takes all bytes at once, and names the file when that fails. */
  private record Named(FileChannel channel, Path file) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int count = bytes.remaining();
      try {
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      } catch (IOException e) {
        throw WriteErrors.named(e, file);
      }
      return count;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
