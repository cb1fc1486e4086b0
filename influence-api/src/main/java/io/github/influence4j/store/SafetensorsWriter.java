/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Collects tensors and writes them as one safetensors file. Equal tensors and metadata give equal
 * bytes, in whatever order they were added: tensors lie sorted by type (the widest first) and name,
 * and the header is padded with spaces to 8 bytes, as the reference implementation does it.
 *
 * <pre>{@code
 * Safetensors.writer()
 *     .add("lambda_matrix.fc1", squares)                    // F32, F64, F16 or BF16
 *     .add("num_lambda_processed.fc1", new long[] {192}, 1) // I64
 *     .metadata("strategy", "EKFAC")
 *     .write(Path.of("factors.safetensors"));
 * }</pre>
 */
public final class SafetensorsWriter {
  private static final int CHUNK = 1 << 20;
  private static final int HEADER_ALIGNMENT = 8;
  private static final String ESCAPED = "\"\\\b\f\n\r\t";
  private static final String ESCAPES = "\"\\bfnrt";

  private final Map<String, Content> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new TreeMap<>(SafetensorsWriter::compare);

  SafetensorsWriter() {}

  /** Copies a run of elements, bit for bit, to the begin of a buffer. */
  @FunctionalInterface
  private interface Elements {
    void copy(int first, int count, ByteBuffer target);
  }

  /** Takes some bytes; the buffer is used again afterwards. */
  @FunctionalInterface
  private interface Chunk<E extends Exception> {
    void accept(ByteBuffer bytes) throws E;
  }

  private record Content(DType type, long[] shape, int elements, Elements source) {
    long bytes() {
      return (long) elements * type.bytes();
    }

    /** All bytes, as they lie in the file. */
    <E extends Exception> void forEachChunk(ByteBuffer buffer, Chunk<E> chunk) throws E {
      int perChunk = buffer.capacity() / type.bytes();
      for (long first = 0; first < elements; first += perChunk) {
        int count = (int) Math.min(perChunk, elements - first);
        source.copy((int) first, count, buffer.clear());
        chunk.accept(buffer.position(0).limit(count * type.bytes()));
      }
    }
  }

  /**
   * Adds a tensor of floating-point numbers.
   *
   * @param name unique in the file, not {@code __metadata__}
   * @param tensor borrowed until {@link #write} has returned
   * @return this writer
   * @throws IllegalArgumentException if the name is taken or cannot be written
   */
  public SafetensorsWriter add(String name, TensorView tensor) {
    Elements source = source(tensor);
    return add(
        name, new Content(DType.of(tensor.type()), tensor.shape(), tensor.elements(), source));
  }

  private static Elements source(TensorView tensor) {
    float[] floats = tensor.floatArray();
    if (floats != null) {
      return (first, count, target) -> target.asFloatBuffer().put(floats, first, count);
    }
    double[] doubles = tensor.doubleArray();
    if (doubles != null) {
      return (first, count, target) -> target.asDoubleBuffer().put(doubles, first, count);
    }
    ByteBuffer bytes = tensor.byteBuffer();
    if (bytes == null) {
      throw new IllegalArgumentException(
          "A tensor in the memory of a GPU cannot be written; copy it to the host first.");
    }
    int size = tensor.type().bytes();
    return (first, count, target) -> target.put(bytes.slice(first * size, count * size));
  }

  /**
   * Adds a tensor of 64-bit integers.
   *
   * @param name unique in the file, not {@code __metadata__}
   * @param values row-major; borrowed until {@link #write} has returned
   * @param shape the sizes, outermost first; their product is {@code values.length}
   * @return this writer
   * @throws IllegalArgumentException if the name is taken or cannot be written, or the shape does
   *     not fit the values
   */
  public SafetensorsWriter add(String name, long[] values, long... shape) {
    long product = 1;
    for (long size : shape) {
      product = size < 0 ? -1 : Math.multiplyExact(product, size);
    }
    if (product != values.length) {
      throw new IllegalArgumentException(
          "Tensor "
              + InvalidSafetensorsException.quoted(name)
              + ": shape "
              + Arrays.toString(shape)
              + " does not fit "
              + values.length
              + " values.");
    }
    Elements source = (first, count, target) -> target.asLongBuffer().put(values, first, count);
    return add(name, new Content(DType.I64, shape.clone(), values.length, source));
  }

  /**
   * Adds a string to the header.
   *
   * @param key unique
   * @param value any text
   * @return this writer
   * @throws IllegalArgumentException if the key is taken or a text is no valid Unicode
   */
  public SafetensorsWriter metadata(String key, String value) {
    requireUnicode(key);
    requireUnicode(value);
    if (metadata.putIfAbsent(key, value) != null) {
      throw new IllegalArgumentException(
          "The metadata key " + InvalidSafetensorsException.quoted(key) + " is already used.");
    }
    return this;
  }

  /** Adds {@link Checksums} of what is there; nothing may be added afterwards. */
  SafetensorsWriter withChecksums() {
    Map<String, Checksums.Described> described = new TreeMap<>();
    ByteBuffer buffer = chunkMemory();
    tensors.forEach(
        (name, content) -> {
          CRC32C crc = new CRC32C();
          content.forEachChunk(buffer, crc::update);
          metadata(Checksums.key(name), Checksums.text(crc));
          described.put(name, new Checksums.Described(content.type(), content.shape()));
        });
    Checksums.seal(metadata, described);
    return this;
  }

  private SafetensorsWriter add(String name, Content content) {
    requireUnicode(name);
    if (name.equals(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException(
          "A tensor cannot be named " + name + "; use metadata(key, value).");
    }
    if (tensors.putIfAbsent(name, content) != null) {
      throw new IllegalArgumentException(
          "There already is a tensor " + InvalidSafetensorsException.quoted(name) + ".");
    }
    return this;
  }

  private static void requireUnicode(String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "The text "
              + InvalidSafetensorsException.quoted(text)
              + " has half a surrogate pair and so no form in UTF-8.");
    }
  }

  /** By the bytes in UTF-8, as the reference implementation compares. */
  private static int compare(String a, String b) {
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Writes the file. The bytes go to a new file in the same folder, are forced to the disk, and the
   * new file then takes the name in one step: whoever opens {@code file}, at any time and after any
   * crash, finds the old content or the new one, complete. The writer can be used again.
   *
   * @param file created or replaced; its folder must exist
   * @throws IOException if writing fails, for example because the disk is full; a file that was
   *     there before is unchanged
   * @throws IllegalArgumentException if the header would be longer than the format allows
   */
  public void write(Path file) throws IOException {
    List<Map.Entry<String, Content>> sorted = new ArrayList<>(tensors.entrySet());
    sorted.sort(
        (a, b) -> {
          int byType = b.getValue().type().compareTo(a.getValue().type());
          return byType != 0 ? byType : compare(a.getKey(), b.getKey());
        });
    byte[] header = header(sorted);
    AtomicFile.write(file, channel -> writeTo(channel, header, sorted));
  }

  private byte[] header(List<Map.Entry<String, Content>> sorted) {
    StringBuilder json = new StringBuilder("{");
    if (!metadata.isEmpty()) {
      string(json, SafetensorsHeader.METADATA).append(":{");
      metadata.forEach((key, value) -> string(string(json, key).append(':'), value).append(','));
      json.setCharAt(json.length() - 1, '}');
      json.append(',');
    }
    long begin = 0;
    for (Map.Entry<String, Content> entry : sorted) {
      Content content = entry.getValue();
      long end = begin + content.bytes();
      string(json, entry.getKey())
          .append(":{\"dtype\":\"")
          .append(content.type())
          .append("\",\"shape\":")
          .append(numbers(content.shape()))
          .append(",\"data_offsets\":")
          .append(numbers(begin, end))
          .append("},");
      begin = end;
    }
    if (json.length() > 1) {
      json.setLength(json.length() - 1);
    }
    return padded(json.append('}').toString().getBytes(StandardCharsets.UTF_8));
  }

  static byte[] padded(byte[] json) {
    int length = -Math.floorDiv(-json.length, HEADER_ALIGNMENT) * HEADER_ALIGNMENT;
    if (length > SafetensorsHeader.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "The header would have "
              + length
              + " bytes, more than the "
              + SafetensorsHeader.MAX_LENGTH
              + " that the format allows; use fewer tensors or shorter names.");
    }
    byte[] header = Arrays.copyOf(json, length);
    Arrays.fill(header, json.length, length, (byte) ' ');
    return header;
  }

  private static String numbers(long... values) {
    return Arrays.toString(values).replace(" ", "");
  }

  private static StringBuilder string(StringBuilder json, String text) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int known = ESCAPED.indexOf(c);
      if (known >= 0) {
        json.append('\\').append(ESCAPES.charAt(known));
      } else if (c < ' ') {
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        json.append(c);
      }
    }
    return json.append('"');
  }

  private static void writeTo(
      WritableByteChannel channel, byte[] header, List<Map.Entry<String, Content>> sorted)
      throws IOException {
    ByteBuffer length = ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES);
    channel.write(length.order(ByteOrder.LITTLE_ENDIAN).putLong(header.length).flip());
    channel.write(ByteBuffer.wrap(header));
    ByteBuffer buffer = chunkMemory();
    for (Map.Entry<String, Content> entry : sorted) {
      entry.getValue().forEachChunk(buffer, channel::write);
    }
  }

  private static ByteBuffer chunkMemory() {
    return ByteBuffer.allocateDirect(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
  }
}
