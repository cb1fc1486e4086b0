/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, checked as the reference implementation checks it: 8 bytes with
 * its length, then JSON, then the data, which the tensors cover without overlap and without holes.
 */
final class SafetensorsHeader {
  /** Bytes that hold the length of the header. */
  static final int LENGTH_BYTES = 8;

  /** The longest header the reference implementation reads or writes. */
  static final long MAX_LENGTH = 100_000_000;

  /** The key under which the header keeps the strings of the user. */
  static final String METADATA = "__metadata__";

  /** Upper bound of heap bytes that one byte of a header can cost while it is read. */
  private static final int HEAP_PER_BYTE = 16;

  private static final int MAX_RANK = 64;

  private final Path file;
  private final HeaderTokens tokens;
  private final long dataStart;
  private final long dataBytes;
  private final Map<String, TensorEntry> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private SafetensorsHeader(Path file, byte[] json, long fileSize)
      throws InvalidSafetensorsException {
    this.file = file;
    this.tokens = new HeaderTokens(file, json);
    this.dataStart = LENGTH_BYTES + (long) json.length;
    this.dataBytes = fileSize - dataStart;
    if (json.length == 0 || json[0] != '{') {
      throw tokens.fail("the header does not begin with '{'; this is no safetensors file");
    }
    parse();
    checkLayout();
  }

  static SafetensorsHeader read(FileChannel channel, Path file) throws IOException {
    long size = channel.size();
    if (size < LENGTH_BYTES) {
      throw new InvalidSafetensorsException(
          file, "has " + size + " bytes, a safetensors file has at least " + LENGTH_BYTES + ".");
    }
    long length = readFully(channel, 0, LENGTH_BYTES, file).getLong(0);
    checkLength(file, length, size - LENGTH_BYTES, Runtime.getRuntime().maxMemory());
    byte[] json = readFully(channel, LENGTH_BYTES, (int) length, file).array();
    return new SafetensorsHeader(file, json, size);
  }

  static void checkLength(Path file, long length, long available, long heap)
      throws InvalidSafetensorsException {
    String says = "says that its header has " + Long.toUnsignedString(length) + " bytes, ";
    if (length < 0 || length > MAX_LENGTH) {
      throw new InvalidSafetensorsException(
          file, says + "more than the " + MAX_LENGTH + " that the format allows.");
    }
    if (length > available) {
      throw new InvalidSafetensorsException(
          file, says + "but only " + available + " follow; the file is truncated.");
    }
    if (length > heap / HEAP_PER_BYTE) {
      throw new InvalidSafetensorsException(
          file, says + "too many for a heap of " + heap + " bytes; raise -Xmx.");
    }
  }

  private static ByteBuffer readFully(FileChannel channel, long position, int length, Path file)
      throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, position + buffer.position()) < 0) {
        throw new InvalidSafetensorsException(file, "became shorter while it was read.");
      }
    }
    return buffer;
  }

  private void parse() throws InvalidSafetensorsException {
    tokens.expect('{', "at the begin of the header");
    boolean metadataSeen = false;
    if (!tokens.take('}')) {
      do {
        String name = tokens.string("the name of a tensor");
        tokens.expect(':', "after " + InvalidSafetensorsException.quoted(name));
        if (name.equals(METADATA)) {
          if (metadataSeen) {
            throw tokens.fail("has " + METADATA + " twice");
          }
          metadataSeen = true;
          parseMetadata();
        } else if (tensors.put(name, parseTensor(name)) != null) {
          throw fail(name, "is there twice");
        }
      } while (tokens.take(','));
      tokens.expect('}', "at the end of the header");
    }
    tokens.expectEnd();
  }

  private void parseMetadata() throws InvalidSafetensorsException {
    tokens.expect('{', "after " + METADATA);
    if (tokens.take('}')) {
      return;
    }
    do {
      String key = tokens.string("a key of " + METADATA);
      tokens.expect(':', "after " + InvalidSafetensorsException.quoted(key));
      if (metadata.put(key, tokens.string("a value of " + METADATA)) != null) {
        throw tokens.fail(
            METADATA + " has the key " + InvalidSafetensorsException.quoted(key) + " twice");
      }
    } while (tokens.take(','));
    tokens.expect('}', "at the end of " + METADATA);
  }

  private TensorEntry parseTensor(String name) throws InvalidSafetensorsException {
    String where = "of tensor " + InvalidSafetensorsException.quoted(name);
    DType type = null;
    long[] shape = null;
    long[] offsets = null;
    tokens.expect('{', "at the begin " + where);
    do {
      String key = tokens.string("dtype, shape or data_offsets " + where);
      tokens.expect(':', "after " + InvalidSafetensorsException.quoted(key) + " " + where);
      if (key.equals("dtype") && type == null) {
        type = type(name, tokens.string("the dtype " + where));
      } else if (key.equals("shape") && shape == null) {
        shape = numbers("a size in the shape " + where);
      } else if (key.equals("data_offsets") && offsets == null) {
        offsets = numbers("a number in the data_offsets " + where);
      } else {
        throw fail(
            name,
            "has the key "
                + InvalidSafetensorsException.quoted(key)
                + " twice or beyond dtype, shape and data_offsets");
      }
    } while (tokens.take(','));
    tokens.expect('}', "at the end " + where);
    return entry(name, type, shape, offsets);
  }

  private DType type(String name, String text) throws InvalidSafetensorsException {
    DType type = DType.named(text);
    if (type != null) {
      return type;
    }
    boolean small = text.startsWith("F8") || text.startsWith("F4") || text.startsWith("F6");
    throw fail(
        name,
        "has dtype "
            + InvalidSafetensorsException.quoted(text)
            + (small
                ? ", which is not supported; convert it to F16 or F32"
                : ", which is unknown; expected one of " + Arrays.toString(DType.values())));
  }

  private long[] numbers(String what) throws InvalidSafetensorsException {
    tokens.expect('[', "before " + what);
    if (tokens.take(']')) {
      return new long[0];
    }
    List<Long> numbers = new ArrayList<>();
    do {
      numbers.add(tokens.number(what));
      if (numbers.size() > MAX_RANK) {
        throw tokens.fail("expected " + what + " to be one of at most " + MAX_RANK);
      }
    } while (tokens.take(','));
    tokens.expect(']', "after " + what);
    return numbers.stream().mapToLong(Long::longValue).toArray();
  }

  private TensorEntry entry(
      String name, @Nullable DType type, long @Nullable [] shape, long @Nullable [] offsets)
      throws InvalidSafetensorsException {
    if (type == null || shape == null || offsets == null) {
      throw fail(
          name, "lacks its " + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
    }
    if (offsets.length != 2 || offsets[0] > offsets[1]) {
      throw fail(
          name,
          "has data_offsets "
              + Arrays.toString(offsets)
              + ", expected a begin and an end after it");
    }
    if (offsets[1] > dataBytes) {
      throw fail(
          name,
          "ends at data byte "
              + offsets[1]
              + ", but the file has only "
              + dataBytes
              + " data bytes; it is truncated");
    }
    long expected = size(name, type, shape);
    if (expected != offsets[1] - offsets[0]) {
      throw fail(
          name,
          "of shape "
              + Arrays.toString(shape)
              + " and dtype "
              + type
              + " needs "
              + expected
              + " bytes, but its data_offsets span "
              + (offsets[1] - offsets[0]));
    }
    return new TensorEntry(type, shape, offsets[0], offsets[1]);
  }

  /** Like the reference, refuses a product that overflows on the way even if a later size is 0. */
  private long size(String name, DType type, long[] shape) throws InvalidSafetensorsException {
    try {
      long product = type.bytes();
      for (long size : shape) {
        product = Math.multiplyExact(product, size);
      }
      return product;
    } catch (ArithmeticException e) {
      InvalidSafetensorsException invalid =
          fail(name, "has shape " + Arrays.toString(shape) + ", more than 2^63-1 bytes");
      invalid.initCause(e);
      throw invalid;
    }
  }

  private void checkLayout() throws InvalidSafetensorsException {
    List<Map.Entry<String, TensorEntry>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(
        Comparator.comparingLong((Map.Entry<String, TensorEntry> e) -> e.getValue().begin())
            .thenComparingLong(e -> e.getValue().end()));
    long covered = 0;
    for (Map.Entry<String, TensorEntry> entry : sorted) {
      long begin = entry.getValue().begin();
      if (begin != covered) {
        throw fail(
            entry.getKey(),
            "begins at data byte "
                + begin
                + ", but the tensor before it ends at "
                + covered
                + (begin < covered ? "; they overlap" : "; the format allows no holes"));
      }
      covered = entry.getValue().end();
    }
    if (covered != dataBytes) {
      throw tokens.fail(
          "the tensors end at data byte "
              + covered
              + ", but the file has "
              + dataBytes
              + " data bytes; the format allows none that belong to no tensor");
    }
  }

  private InvalidSafetensorsException fail(String tensor, String problem) {
    return new InvalidSafetensorsException(
        file, "tensor " + InvalidSafetensorsException.quoted(tensor) + " " + problem + ".");
  }

  Map<String, TensorEntry> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  long dataStart() {
    return dataStart;
  }

  long dataBytes() {
    return dataBytes;
  }
}
