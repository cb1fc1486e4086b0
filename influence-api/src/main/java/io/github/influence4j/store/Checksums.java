/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Checksums in the metadata of a safetensors file, which other readers pass over: the CRC-32C of
 * the bytes of each tensor under {@code influence4j.crc32c.NAME}, and under {@code
 * influence4j.crc32c} that of everything else in the header: all other metadata, and name, type and
 * shape of each tensor. Where the tensors lie in the file does not matter.
 *
 * <p>CRC-32C finds every change of one, two or three bits and every damaged run of up to 32; of any
 * other damage it misses one case in 2^32. It protects from accidents, not from forgers.
 */
final class Checksums {
  /** Where the checksum of the header is kept. */
  static final String HEADER = "influence4j.crc32c";

  private static final String TENSOR = HEADER + ".";

  private Checksums() {}

  /** What the header says of a tensor apart from its place. */
  record Described(DType type, long[] shape) {}

  /** Where the checksum of a tensor is kept. */
  static String key(String tensor) {
    return TENSOR + tensor;
  }

  /** The checksum of some bytes, which are left as they are. */
  static String of(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate());
    return text(crc);
  }

  static String text(CRC32C crc) {
    return String.format(Locale.ROOT, "%08x", crc.getValue());
  }

  /** Adds the checksum of a header to its metadata. */
  static void seal(Map<String, String> metadata, Map<String, Described> tensors) {
    metadata.put(HEADER, header(metadata, tensors));
  }

  /** The checksum of a header without its own. */
  static String header(Map<String, String> metadata, Map<String, Described> tensors) {
    CRC32C crc = new CRC32C();
    new TreeMap<>(metadata)
        .forEach(
            (key, value) -> {
              if (!key.equals(HEADER)) {
                update(crc, key);
                update(crc, value);
              }
            });
    new TreeMap<>(tensors)
        .forEach(
            (name, tensor) -> {
              update(crc, name);
              update(crc, tensor.type().name() + Arrays.toString(tensor.shape()));
            });
    return text(crc);
  }

  /** With its length, so that nothing moves from one text to the next unseen. */
  private static void update(CRC32C crc, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(0, bytes.length));
    crc.update(bytes);
  }
}
