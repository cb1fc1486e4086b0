/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.internal.files.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * The header of a safetensors file, checked as the reference implementation (the Rust crate,
 * version 0.8) checks it: 8 bytes with its length, then JSON, then the data, which the tensors
 * cover without overlap and without holes. As there, keys that are not known are passed over,
 * metadata may be null, and of two tensors or metadata of one name the last counts.
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

  private static final long UNSIGNED_MAX = -1;

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
    parse();
    checkLayout();
  }

  static SafetensorsHeader read(InputFile input, Path file) throws IOException {
    long size = input.size();
    if (size < LENGTH_BYTES) {
      throw new InvalidSafetensorsException(
          file, "has " + size + " bytes, a safetensors file has at least " + LENGTH_BYTES + ".");
    }
    ByteBuffer start = ByteBuffer.allocate(LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    input.read(0, start);
    long length = start.getLong(0);
    checkLength(file, length, size - LENGTH_BYTES, Runtime.getRuntime().maxMemory());
    ByteBuffer json = ByteBuffer.allocate((int) length);
    input.read(LENGTH_BYTES, json);
    return new SafetensorsHeader(file, json.array(), size);
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

  private void parse() throws InvalidSafetensorsException {
    if (!tokens.take('{')) {
      throw tokens.fail("the header does not begin with '{'; this is no safetensors file");
    }
    Map<String, RawEntry> entries = new LinkedHashMap<>();
    boolean metadataSeen = false;
    if (!tokens.take('}')) {
      do {
        String name = tokens.string("the name of a tensor");
        tokens.expect(':', "after " + InvalidSafetensorsException.quoted(name));
        if (!name.equals(METADATA)) {
          entries.put(name, parseTensor(name));
        } else if (metadataSeen) {
          throw tokens.fail("has " + METADATA + " twice");
        } else {
          metadataSeen = true;
          parseMetadata();
        }
      } while (tokens.take(','));
      tokens.expect('}', "at the end of the header");
    }
    tokens.expectEnd();
    for (Map.Entry<String, RawEntry> entry : entries.entrySet()) {
      tensors.put(entry.getKey(), checked(entry.getKey(), entry.getValue()));
    }
  }

  private void parseMetadata() throws InvalidSafetensorsException {
    if (tokens.literal("null")) {
      return;
    }
    tokens.expect('{', "after " + METADATA);
    if (tokens.take('}')) {
      return;
    }
    do {
      String key = tokens.string("a key of " + METADATA);
      tokens.expect(':', "after " + InvalidSafetensorsException.quoted(key));
      metadata.put(key, tokens.string("a value of " + METADATA));
    } while (tokens.take(','));
    tokens.expect('}', "at the end of " + METADATA);
  }

  /** What the header says of a tensor, before it is compared with the file. */
  private record RawEntry(DType type, long[] shape, long[] offsets) {}

  private RawEntry parseTensor(String name) throws InvalidSafetensorsException {
    String where = "of tensor " + InvalidSafetensorsException.quoted(name);
    DType type = null;
    long[] shape = null;
    long[] offsets = null;
    tokens.expect('{', "at the begin " + where);
    do {
      String key = tokens.string("dtype, shape or data_offsets " + where);
      tokens.expect(':', "after " + InvalidSafetensorsException.quoted(key) + " " + where);
      switch (key) {
        case "dtype" -> {
          once(name, key, type);
          type = type(name, tokens.string("the dtype " + where));
        }
        case "shape" -> {
          once(name, key, shape);
          shape = numbers("a size in the shape " + where);
        }
        case "data_offsets" -> {
          once(name, key, offsets);
          offsets = numbers("a number in the data_offsets " + where);
        }
        default ->
            UnusedValue.skip(
                tokens, "the value of " + InvalidSafetensorsException.quoted(key) + " " + where);
      }
    } while (tokens.take(','));
    tokens.expect('}', "at the end " + where);
    if (type == null || shape == null || offsets == null) {
      throw fail(
          name, "lacks its " + (type == null ? "dtype" : shape == null ? "shape" : "data_offsets"));
    }
    return new RawEntry(type, shape, offsets);
  }

  private void once(String name, String key, @Nullable Object before)
      throws InvalidSafetensorsException {
    if (before != null) {
      throw fail(name, "has the key \"" + key + "\" twice");
    }
  }

  private DType type(String name, String text) throws InvalidSafetensorsException {
    DType type = DType.named(text);
    if (type != null) {
      return type;
    }
    throw fail(
        name,
        "has dtype "
            + InvalidSafetensorsException.quoted(text)
            + ", which is unknown; expected one of "
            + Arrays.toString(DType.values()));
  }

  private long[] numbers(String what) throws InvalidSafetensorsException {
    tokens.expect('[', "before " + what);
    LongStream.Builder numbers = LongStream.builder();
    if (!tokens.take(']')) {
      do {
        numbers.add(tokens.number(what));
      } while (tokens.take(','));
      tokens.expect(']', "after " + what);
    }
    return numbers.build().toArray();
  }

  private TensorEntry checked(String name, RawEntry entry) throws InvalidSafetensorsException {
    DType type = entry.type();
    long[] shape = entry.shape();
    long[] offsets = entry.offsets();
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

  /**
   * Like the reference, refuses an unsigned product that overflows on the way, even if a later size
   * is 0, and elements of less than a byte that do not fill their last one.
   */
  private long size(String name, DType type, long[] shape) throws InvalidSafetensorsException {
    long bits = 1;
    for (long size : shape) {
      bits = times(name, shape, bits, size);
    }
    bits = times(name, shape, bits, type.bits());
    if (bits % Byte.SIZE != 0) {
      throw fail(
          name,
          "has shape "
              + Arrays.toString(shape)
              + " and dtype "
              + type
              + " of "
              + type.bits()
              + " bits, which is no whole number of bytes");
    }
    return Long.divideUnsigned(bits, Byte.SIZE);
  }

  private long times(String name, long[] shape, long product, long factor)
      throws InvalidSafetensorsException {
    if (factor != 0
        && Long.compareUnsigned(product, Long.divideUnsigned(UNSIGNED_MAX, factor)) > 0) {
      throw fail(name, "has shape " + Arrays.toString(shape) + ", more than 2^64-1 bits");
    }
    return product * factor;
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
