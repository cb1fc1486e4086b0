/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file, mapped into memory. The whole header is checked before anything in it is
 * believed, so a damaged or hostile file gives an {@link InvalidSafetensorsException}.
 *
 * <pre>{@code
 * try (Safetensors file = Safetensors.open(Path.of("capture.safetensors"))) {
 *   TensorView activations = file.tensor("train.act.fc1"); // [rows, columns]
 * }
 * Safetensors.writer().add("scores", TensorView.of(scores, 24, 192)).write(Path.of("scores.safetensors"));
 * }</pre>
 *
 * <p>Do not shorten or rewrite a file in place while it is mapped: the operating system answers
 * reads beyond its new end with a fault, which Java reports as an {@link InternalError} and native
 * code does not survive. Files written by {@link SafetensorsWriter} are replaced, never rewritten,
 * and so are safe.
 *
 * <p>Instances may be shared between threads.
 */
public final class Safetensors implements AutoCloseable {
  private static final int NAMES_SHOWN = 10;

  private final Path file;
  private final FileChannel channel;
  private final SafetensorsHeader header;

  /** All data, or null when they are more than one mapping may hold. */
  private final @Nullable ByteBuffer data;

  private volatile boolean closed;

  private Safetensors(
      Path file, FileChannel channel, SafetensorsHeader header, @Nullable ByteBuffer data) {
    this.file = file;
    this.channel = channel;
    this.header = header;
    this.data = data;
  }

  /**
   * Maps a file and checks its header.
   *
   * @param file of any size; a single tensor can be read up to 2 GiB
   * @return the open file
   * @throws InvalidSafetensorsException if the file is truncated, damaged or no safetensors file
   * @throws IOException if the file cannot be read
   */
  public static Safetensors open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      SafetensorsHeader header = SafetensorsHeader.read(channel, file);
      ByteBuffer data =
          header.dataBytes() > Integer.MAX_VALUE
              ? null
              : channel.map(FileChannel.MapMode.READ_ONLY, header.dataStart(), header.dataBytes());
      return new Safetensors(file, channel, header, data);
    } catch (IOException | RuntimeException | Error e) {
      closeAfter(e, channel);
      throw e;
    }
  }

  private static void closeAfter(Throwable failure, FileChannel channel) {
    try {
      channel.close();
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
   * A tensor of floating-point numbers, without a copy: a read-only view of the mapped file, which
   * stays valid after {@link #close()} and keeps the file mapped as long as it is reachable. Only a
   * tensor that the file does not align to its element size is copied (files of this library and of
   * the reference implementation align all).
   *
   * @param name of an F64, F32, F16 or BF16 tensor of less than 2 GiB
   * @return a view that cannot be written
   * @throws IllegalArgumentException if there is no such tensor, it has another type or is too
   *     large
   * @throws IllegalStateException if the file is closed
   * @throws UncheckedIOException if mapping fails
   */
  public TensorView tensor(String name) {
    requireOpen();
    TensorEntry entry = entry(name);
    ElementType type = entry.type().elementType();
    if (type == null) {
      throw problem(name, "is of dtype " + entry.type() + "; read it with longs(name)");
    }
    return TensorView.of(bytes(name, entry), type, entry.shape());
  }

  /**
   * A copy of a tensor of integers or booleans, 8 bytes of heap an element.
   *
   * @param name of an integer or BOOL tensor
   * @return the elements, row-major; 0 and 1 for booleans
   * @throws IllegalArgumentException if there is no such tensor, it has another type, is too large
   *     or holds a U64 of 2^63 or more
   * @throws IllegalStateException if the file is closed
   * @throws UncheckedIOException if mapping fails
   */
  public long[] longs(String name) {
    requireOpen();
    TensorEntry entry = entry(name);
    if (entry.type().elementType() != null) {
      throw problem(name, "is of dtype " + entry.type() + "; read it with tensor(name)");
    }
    ByteBuffer bytes = bytes(name, entry);
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

  /** The bytes of a tensor, aligned to its element size, little endian. */
  private ByteBuffer bytes(String name, TensorEntry entry) {
    if (entry.bytes() > Integer.MAX_VALUE) {
      throw problem(
          name,
          "of shape "
              + Arrays.toString(entry.shape())
              + " has "
              + entry.bytes()
              + " bytes, more than the 2 GiB that one tensor may hold; store it in parts");
    }
    ByteBuffer found = mapped(entry);
    boolean aligned = (header.dataStart() + entry.begin()) % entry.type().bytes() == 0;
    return (aligned ? found : copy(name, found)).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ByteBuffer mapped(TensorEntry entry) {
    if (data != null) {
      return data.slice((int) entry.begin(), (int) entry.bytes());
    }
    try {
      return channel.map(
          FileChannel.MapMode.READ_ONLY, header.dataStart() + entry.begin(), entry.bytes());
    } catch (IOException e) {
      throw new UncheckedIOException("File \"" + file + "\" cannot be mapped: " + e, e);
    }
  }

  private ByteBuffer copy(String name, ByteBuffer unaligned) {
    try {
      ByteBuffer copy = ByteBuffer.allocateDirect(unaligned.remaining());
      return copy.put(unaligned.duplicate()).flip().asReadOnlyBuffer();
    } catch (OutOfMemoryError e) {
      IllegalArgumentException problem =
          problem(
              name,
              "is not aligned in the file, and there is no memory to copy its "
                  + unaligned.remaining()
                  + " bytes; write the file again with Safetensors.writer()"
                  + " or raise -XX:MaxDirectMemorySize");
      problem.initCause(e);
      throw problem;
    }
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
   * Closes the file. Views handed out before stay valid. Closing again does nothing.
   *
   * @throws IOException if the operating system reports an error
   */
  @Override
  public void close() throws IOException {
    closed = true;
    channel.close();
  }
}
