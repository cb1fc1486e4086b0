/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Files of the tests of this package. */
final class TestFiles {
  private TestFiles() {}

  /** Length, header and data, whatever they are. */
  static byte[] bytes(String header, byte... data) {
    return bytes(header.getBytes(StandardCharsets.UTF_8), data);
  }

  static byte[] bytes(byte[] header, byte... data) {
    return ByteBuffer.allocate(8 + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(header.length)
        .put(header)
        .put(data)
        .array();
  }

  static Path write(Path folder, byte[] content) throws IOException {
    Path file = Files.createTempFile(folder, "test", ".safetensors");
    return Files.write(file, content);
  }

  static Path write(Path folder, String header, byte... data) throws IOException {
    return write(folder, bytes(header, data));
  }
}
