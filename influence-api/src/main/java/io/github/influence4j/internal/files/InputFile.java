/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * A regular file that is read: the one way in which anything is read.
 *
 * <ul>
 *   <li>Folders, pipes, sockets and devices are refused before they are opened, for opening a pipe
 *       can wait for ever. A symbolic link to a regular file is fine.
 *   <li>Nothing is mapped into memory: a file that another process shortens gives an exception, not
 *       a crash of the virtual machine.
 *   <li>Nothing is interruptible: an interrupted thread reads on, keeps its interrupt, and does not
 *       close the file for others, as it would a {@link java.nio.channels.FileChannel}.
 *   <li>Errors name the file.
 * </ul>
 *
 * <p>Instances may be shared between threads; closing waits for a read to end.
 */
public final class InputFile implements AutoCloseable {
  /** What is copied at a time, from the system to Java; small enough for the processor's cache. */
  private static final int CHUNK = 1 << 16;

  /** From here on it pays to hand a read over to a thread that the system may copy for directly. */
  private static final int LARGE = 1 << 18;

  private final Path path;
  private final RandomAccessFile file;
  private final long size;
  private final byte[] chunk = new byte[CHUNK];
  private boolean closed;

  private InputFile(Path path, RandomAccessFile file) throws IOException {
    this.path = path;
    this.file = file;
    this.size = file.length();
  }

  /**
   * Opens a file.
   *
   * @param path of a regular file
   * @return the open file
   * @throws IOException if it is not there, cannot be read or is no regular file
   */
  public static InputFile open(Path path) throws IOException {
    requireRegular(path);
    if (!path.getFileSystem().equals(FileSystems.getDefault())) {
      throw new FileSystemException(
          path.toString(), null, "is inside an archive or the like; copy it to a folder");
    }
    RandomAccessFile file = opened(path);
    try {
      return new InputFile(path, file);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static RandomAccessFile opened(Path path) throws IOException {
    try {
      return new RandomAccessFile(path.toFile(), "r");
    } catch (FileNotFoundException e) {
      FileSystemException clear =
          Files.isReadable(path)
              ? new FileSystemException(path.toString(), null, e.getMessage())
              : new AccessDeniedException(path.toString(), null, "it cannot be read");
      clear.initCause(e);
      throw clear;
    }
  }

  /**
   * Refuses what is no regular file, without opening it; for files that a library opens itself.
   *
   * @param path a file
   * @throws IOException if it is not there or is no regular file
   */
  public static void requireRegular(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (attributes.isDirectory()) {
      throw new FileSystemException(path.toString(), null, "is a folder; name a file");
    }
    if (!attributes.isRegularFile()) {
      throw new FileSystemException(
          path.toString(), null, "is a pipe or a device; name a regular file");
    }
  }

  /**
   * The whole text of a file. A file whose size is said to be 0, as that of all in {@code /proc},
   * is empty.
   *
   * @param path of a regular file in UTF-8
   * @return its text
   * @throws java.nio.charset.CharacterCodingException if it is not UTF-8
   * @throws IOException if it cannot be read or is no regular file
   */
  public static String text(Path path) throws IOException {
    try (InputFile file = open(path)) {
      if (file.size > Integer.MAX_VALUE - 8) {
        throw new FileSystemException(
            path.toString(), null, "has " + file.size + " bytes; split it into files below 2 GiB");
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) file.size);
      file.read(0, bytes);
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    }
  }

  /**
   * Size when the file was opened.
   *
   * @return the size in bytes
   */
  public long size() {
    return size;
  }

  /**
   * Reads until the target is full.
   *
   * @param position in the file of the first byte
   * @param target filled from its position to its limit
   * @throws IOException if the file ends before, or cannot be read
   * @throws IllegalStateException if it is closed
   */
  public synchronized void read(long position, ByteBuffer target) throws IOException {
    if (closed) {
      throw new IllegalStateException("File \"" + path + "\" already closed");
    }
    if (target.isDirect() && target.remaining() >= LARGE) {
      ReaderThreads.read(file.getChannel(), position, target);
    } else {
      copy(position, target);
    }
    if (target.hasRemaining()) {
      throw new FileSystemException(
          path.toString(),
          null,
          "became shorter than "
              + size
              + " bytes while it was read; replace files as a whole, do not rewrite them in place");
    }
  }

  /** Until the target is full, or the file ends. */
  private void copy(long position, ByteBuffer target) throws IOException {
    file.seek(position);
    while (target.hasRemaining()) {
      int count = file.read(chunk, 0, Math.min(CHUNK, target.remaining()));
      if (count < 0) {
        return;
      }
      target.put(chunk, 0, count);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    file.close();
  }
}
