/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A file of another library with the SHA-256 of its bytes behind them, in a last line of a fixed
 * length, which formats that are read from their directory at the end (ZIP) do not mind.
 */
public final class ChecksummedFile {
  private static final String MARK = "\ninfluence4j sha-256 ";
  private static final int LINE = MARK.length() + 64 + 1;
  private static final int CHUNK = 1 << 20;

  private ChecksummedFile() {}

  /**
   * Writes a file and its checksum in one step.
   *
   * @param file created or replaced
   * @param size bytes that the content has at most
   * @param content fills the file that it is given
   * @throws IOException if writing fails; a file that was there before is unchanged
   */
  public static void write(Path file, long size, AtomicFile.NamedContent content)
      throws IOException {
    AtomicFile.writeNamed(
        file,
        size + LINE,
        temporary -> {
          content.writeTo(temporary);
          try (FileChannel channel =
              FileChannel.open(temporary, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            String line = MARK + digest(channel, channel.size()) + "\n";
            ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
            while (bytes.hasRemaining()) {
              channel.write(bytes, channel.size());
            }
          } catch (IOException e) {
            throw WriteErrors.named(e, file);
          }
        });
  }

  /**
   * Compares a file with its checksum.
   *
   * @param file written by {@link #write}
   * @throws FileSystemException if it is no regular file, or is not what was written; the text says
   *     which
   * @throws IOException if it cannot be read
   */
  public static void verify(Path file) throws IOException {
    InputFile.requireRegular(file);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long length = channel.size() - LINE;
      ByteBuffer line = ByteBuffer.allocate(LINE);
      while (length >= 0
          && line.hasRemaining()
          && channel.read(line, length + line.position()) > 0) {
        // until the line is full
      }
      String text = new String(line.array(), StandardCharsets.US_ASCII);
      if (!text.startsWith(MARK) || !text.endsWith("\n")) {
        throw new FileSystemException(
            file.toString(), null, "is cut off or was written by another program");
      }
      String saved = text.substring(MARK.length(), LINE - 1);
      String found = digest(channel, length);
      if (!saved.equals(found)) {
        throw new FileSystemException(
            file.toString(), null, "has the SHA-256 " + found + ", but was saved with " + saved);
      }
    }
  }

  private static String digest(FileChannel channel, long length) throws IOException {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256.", e);
    }
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
    long position = 0;
    while (position < length) {
      chunk.clear().limit((int) Math.min(CHUNK, length - position));
      int count = channel.read(chunk, position);
      if (count < 0) {
        break; // cut off meanwhile; the digest will differ
      }
      position += count;
      digest.update(chunk.flip());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
