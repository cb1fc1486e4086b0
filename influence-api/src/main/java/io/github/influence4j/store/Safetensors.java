/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.internal.files.InputFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;

/**
 * An open safetensors file. The whole header is checked before anything in it is believed, so a
 * damaged or hostile file gives an {@link InvalidSafetensorsException}; what the reference
 * implementation opens is opened here too, whatever else lies in the file. Tensors are read when
 * they are asked for.
 *
 * <pre>{@code
 * try (Safetensors file = Safetensors.open(Path.of("capture.safetensors"))) {
 *   TensorView activations = file.tensor("train.act.fc1"); // [rows, columns]
 * }
 * Safetensors.writer().add("scores", TensorView.of(scores, 24, 192)).write(Path.of("scores.safetensors"));
 * }</pre>
 *
 * <p>Nothing is mapped into memory. Tensors handed out are private copies, which no change of the
 * file reaches; a file that another process shortens in the meantime gives an {@link
 * UncheckedIOException} that names it. Do not rewrite files in place all the same: what is read
 * then may be half old and half new. {@link SafetensorsWriter} replaces files as a whole.
 *
 * <p>An interrupted thread reads on and keeps its interrupt; it does not close the file for others.
 *
 * <p>Instances may be shared between threads.
 */
public final class Safetensors implements AutoCloseable {
  private static final int NAMES_SHOWN = 10;

  private final Path file;
  private final InputFile input;
  private final SafetensorsHeader header;
  private volatile boolean closed;

  private Safetensors(Path file, InputFile input, SafetensorsHeader header) {
    this.file = file;
    this.input = input;
    this.header = header;
  }

  /**
   * Opens a file and checks its header.
   *
   * @param file a regular file of any size; a tensor of more than 2 GiB can be read in parts
   * @return the open file
   * @throws InvalidSafetensorsException if the file is truncated, damaged or no safetensors file
   * @throws IOException if the file cannot be read, or is a pipe, a device or a folder
   */
  public static Safetensors open(Path file) throws IOException {
    InputFile input = InputFile.open(file);
    try {
      return new Safetensors(file, input, SafetensorsHeader.read(input, file));
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, input);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, InputFile input) {
    try {
      input.close();
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Starts a new file.
   *
   * @return an empty writer
   */
  public static SafetensorsWriter writer() {
    return new SafetensorsWriter();
  }

  /**
   * Writes a file, as {@link SafetensorsWriter#write} does.
   *
   * @param file created or replaced in one step
   * @param tensors by name; borrowed during the call
   * @param metadata strings kept in the header
   * @throws IOException if writing fails; a file that was there before is unchanged
   */
  public static void write(Path file, Map<String, TensorView> tensors, Map<String, String> metadata)
      throws IOException {
    SafetensorsWriter writer = writer();
    tensors.forEach(writer::add);
    metadata.forEach(writer::metadata);
    writer.write(file);
  }

  /**
   * The tensors in the file.
   *
   * @return their names in the order of the header, unmodifiable
   */
  public Set<String> names() {
    return header.tensors().keySet();
  }

  /**
   * The strings that the writer left in the header.
   *
   * @return unmodifiable, in the order of the header; empty if there are none
   */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /**
   * Whether there is a tensor of that name.
   *
   * @param name of a tensor
   * @return true if there is
   */
  public boolean contains(String name) {
    return header.tensors().containsKey(name);
  }

  /**
   * Sizes of a tensor.
   *
   * @param name of a tensor
   * @return a copy, outermost first; empty for a scalar
   * @throws IllegalArgumentException if there is no such tensor
   */
  public long[] shape(String name) {
    return entry(name).shape().clone();
  }

  /**
   * Element type of a tensor.
   *
   * @param name of a tensor
   * @return the type
   * @throws IllegalArgumentException if there is no such tensor
   */
  public DType dtype(String name) {
    return entry(name).type();
  }

  /**
   * A tensor of floating-point numbers: a private copy in direct memory, which outlives this object
   * and is freed when nobody refers to it.
   *
   * @param name of an F64, F32, F16 or BF16 tensor of less than 2 GiB
   * @return an immutable tensor
   * @throws IllegalArgumentException if there is no such tensor, it has another type or is too
   *     large, or there is no memory for it
   * @throws IllegalStateException if the file is closed
   * @throws UncheckedIOException if reading fails
   */
  public TensorView tensor(String name) {
    requireOpen();
    TensorEntry entry = entry(name);
    ElementType type = floating(name, entry);
    requireFits(name, entry);
    try {
      return TensorView.immutable(type, (at, target) -> read(entry, at, target), entry.shape());
    } catch (IOException e) {
      throw unreadable(e);
    } catch (OutOfMemoryError e) {
      IllegalArgumentException problem =
          problem(
              name,
              "has "
                  + entry.bytes()
                  + " bytes, for which there is no memory; raise -XX:MaxDirectMemorySize or -Xmx");
      problem.initCause(e);
      throw problem;
    }
  }

  /**
   * Reads consecutive elements of a tensor of floating-point numbers into memory of the caller,
   * which can be used again for the next; so tensors may be larger than the memory.
   *
   * @param name of an F64, F32, F16 or BF16 tensor of any size
   * @param first row-major number of the first element
   * @param target filled from its position to its limit, as the elements are stored
   * @throws IllegalArgumentException if there is no such tensor, it has another type or ends
   *     before, or the target holds no whole number of elements
   * @throws IllegalStateException if the file is closed
   * @throws UncheckedIOException if reading fails
   */
  public void read(String name, long first, ByteBuffer target) {
    requireOpen();
    TensorEntry entry = entry(name);
    int size = floating(name, entry).bytes();
    long count = target.remaining() / size;
    if (target.remaining() % size != 0 || first < 0 || first > entry.elements() - count) {
      throw problem(
          name,
          "of shape "
              + Arrays.toString(entry.shape())
              + " has no "
              + target.remaining()
              + " bytes from element "
              + first);
    }
    try {
      read(entry, first * size, target);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private ElementType floating(String name, TensorEntry entry) {
    ElementType type = entry.type().elementType();
    if (type != null) {
      return type;
    }
    throw problem(
        name,
        "is of dtype "
            + entry.type()
            + (entry.type().integer()
                ? "; read it with longs(name)"
                : ", which is not computed with; convert it to F32, F16 or BF16"));
  }

  private void requireFits(String name, TensorEntry entry) {
    if (entry.bytes() > Integer.MAX_VALUE) {
      throw problem(
          name,
          "of shape "
              + Arrays.toString(entry.shape())
              + " has "
              + entry.bytes()
              + " bytes, more than the 2 GiB that one tensor may hold; store it in parts");
    }
  }

  private void read(TensorEntry entry, long position, ByteBuffer target) throws IOException {
    input.read(header.dataStart() + entry.begin() + position, target);
  }

  private static UncheckedIOException unreadable(IOException e) {
    return new UncheckedIOException(e.getMessage(), e);
  }

  /**
   * A copy of a tensor of integers or booleans, 8 bytes of heap an element.
   *
   * @param name of an integer or BOOL tensor
   * @return the elements, row-major; 0 and 1 for booleans
   * @throws IllegalArgumentException if there is no such tensor, it has another type, is too large
   *     or holds a U64 of 2^63 or more
   * @throws IllegalStateException if the file is closed
   * @throws UncheckedIOException if reading fails
   */
  public long[] longs(String name) {
    requireOpen();
    TensorEntry entry = entry(name);
    if (!entry.type().integer()) {
      throw problem(
          name,
          "is of dtype "
              + entry.type()
              + (entry.type().elementType() != null
                  ? "; read it with tensor(name)"
                  : ", which is not computed with; convert it to an integer type"));
    }
    requireFits(name, entry);
    ByteBuffer bytes = ByteBuffer.allocate((int) entry.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    try {
      read(entry, 0, bytes);
    } catch (IOException e) {
      throw unreadable(e);
    }
    long[] out = new long[Math.toIntExact(entry.elements())];
    for (int i = 0; i < out.length; i++) {
      out[i] = integer(bytes, entry.type(), i);
      if (out[i] < 0 && entry.type() == DType.U64) {
        throw problem(
            name,
            "has " + Long.toUnsignedString(out[i]) + " at element " + i + ", more than 2^63-1");
      }
    }
    return out;
  }

  private static long integer(ByteBuffer bytes, DType type, int i) {
    return switch (type) {
      case BOOL -> bytes.get(i) == 0 ? 0 : 1;
      case I8 -> bytes.get(i);
      case U8 -> bytes.get(i) & 0xff;
      case I16 -> bytes.getShort(i * 2);
      case U16 -> bytes.getShort(i * 2) & 0xffff;
      case I32 -> bytes.getInt(i * 4);
      case U32 -> bytes.getInt(i * 4) & 0xffff_ffffL;
      default -> bytes.getLong(i * 8);
    };
  }

  private TensorEntry entry(String name) {
    TensorEntry entry = header.tensors().get(name);
    if (entry == null) {
      String some =
          String.join(
              ", ",
              names().stream()
                  .limit(NAMES_SHOWN)
                  .map(InvalidSafetensorsException::quoted)
                  .toList());
      throw new IllegalArgumentException(
          "File \""
              + file
              + "\": has no tensor "
              + InvalidSafetensorsException.quoted(name)
              + "; it has "
              + names().size()
              + ": "
              + some
              + (names().size() > NAMES_SHOWN ? ", ..." : "")
              + ".");
    }
    return entry;
  }

  private IllegalArgumentException problem(String name, String text) {
    return new IllegalArgumentException(
        "File \""
            + file
            + "\": tensor "
            + InvalidSafetensorsException.quoted(name)
            + " "
            + text
            + ".");
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("Safetensors file \"" + file + "\" already closed");
    }
  }

  /** The path, for messages of this package. */
  Path file() {
    return file;
  }

  /**
   * Closes the file, after a read that is going on. Tensors handed out before stay valid. Closing
   * again does nothing.
   *
   * @throws IOException if the operating system reports an error
   */
  @Override
  public void close() throws IOException {
    closed = true;
    input.close();
  }
}
