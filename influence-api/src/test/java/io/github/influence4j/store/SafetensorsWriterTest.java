/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedByInterruptException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsWriterTest {
  @TempDir Path folder;

  private Path target() {
    return folder.resolve("out.safetensors");
  }

  @Test
  void writesTheLayoutOfTheReference() throws IOException {
    Safetensors.writer()
        .add("b", TensorView.of(new float[] {1}, 1, 1))
        .add("z", TensorView.of(new double[0], 0, 3))
        .add("a", TensorView.of(new float[] {2}))
        .add("n", new long[] {5}, 1)
        .metadata("y", "2")
        .metadata("x", "\"1\\\u0001\n\u00e4")
        .write(target());
    String json =
        "{\"__metadata__\":{\"x\":\"\\\"1\\\\\\u0001\\nä\",\"y\":\"2\"},"
            + "\"n\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"z\":{\"dtype\":\"F64\",\"shape\":[0,3],\"data_offsets\":[8,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[8,12]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[12,16]}}";
    byte[] header = json.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file = ByteBuffer.wrap(Files.readAllBytes(target())).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) file.getLong();
    assertThat(length % 8).isZero();
    assertThat(length - header.length).isBetween(0, 7);
    byte[] found = new byte[length];
    file.get(found);
    assertThat(new String(found, StandardCharsets.UTF_8).stripTrailing()).isEqualTo(json);
    assertThat(file.getLong()).isEqualTo(5);
    assertThat(file.getFloat()).isEqualTo(2);
    assertThat(file.getFloat()).isEqualTo(1);
    assertThat(file.hasRemaining()).isFalse();
  }

  @Test
  void roundTripsAllBitsOfAllFloatTypes() throws IOException {
    Random random = SeededRandom.at("roundTripsAllBitsOfAllFloatTypes");
    SafetensorsWriter writer = Safetensors.writer();
    Map<String, ByteBuffer> written = new java.util.TreeMap<>();
    for (ElementType type : ElementType.values()) {
      for (int size : new int[] {0, 1, 7, 300_001}) {
        byte[] bytes = new byte[size * type.bytes()]; // any bits: NaN payloads and infinities too
        random.nextBytes(bytes);
        String name = type + "-" + size;
        written.put(name, ByteBuffer.wrap(bytes));
        writer.add(name, TensorView.of(ByteBuffer.wrap(bytes), type, size));
      }
    }
    writer.write(target());
    try (Safetensors file = Safetensors.open(target())) {
      assertThat(file.names()).containsExactlyInAnyOrderElementsOf(written.keySet());
      for (String name : file.names()) {
        assertThat(file.tensor(name).byteBuffer()).isEqualTo(written.get(name));
      }
    }
  }

  @Test
  void roundTripsArraysScalarsAndCounters() throws IOException {
    float[] floats = {1, Float.intBitsToFloat(0x7f800001), -0f};
    double[] doubles = {Double.longBitsToDouble(0x7ff0000000000001L), Double.MIN_VALUE};
    long[] longs = {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE};
    Safetensors.writer()
        .add("floats", TensorView.of(floats, 3))
        .add("doubles", TensorView.of(doubles, 1, 2))
        .add("longs", longs, 2, 2)
        .add("none", new long[0], 0, 7)
        .add("scalar", new long[] {3})
        .write(target());
    try (Safetensors file = Safetensors.open(target())) {
      ByteBuffer f = Objects.requireNonNull(file.tensor("floats").byteBuffer());
      assertThat(f.getInt(4)).isEqualTo(0x7f800001);
      assertThat(f.getInt(8)).isEqualTo(0x80000000);
      ByteBuffer d = Objects.requireNonNull(file.tensor("doubles").byteBuffer());
      assertThat(d.getLong(0)).isEqualTo(0x7ff0000000000001L);
      assertThat(file.shape("doubles")).containsExactly(1, 2);
      assertThat(file.longs("longs")).isEqualTo(longs);
      assertThat(file.shape("longs")).containsExactly(2, 2);
      assertThat(file.longs("none")).isEmpty();
      assertThat(file.shape("scalar")).isEmpty();
    }
  }

  @Test
  void givesTheSameBytesInAnyOrder() throws IOException {
    TensorView one = TensorView.of(new float[] {1}, 1);
    String astral = "\ud83d\ude00"; // sorts after U+FFFD in UTF-8, before it in UTF-16
    Safetensors.writer()
        .add(astral, one)
        .add("\ufffd", one)
        .add("a", one)
        .metadata("m", "1")
        .metadata("l", "2")
        .write(target());
    Path other = folder.resolve("other.safetensors");
    Safetensors.writer()
        .metadata("l", "2")
        .metadata("m", "1")
        .add("a", one)
        .add("\ufffd", one)
        .add(astral, one)
        .write(other);
    assertThat(other).hasSameBinaryContentAs(target());
    try (Safetensors file = Safetensors.open(target())) {
      assertThat(file.names()).containsExactly("a", "\ufffd", astral);
    }
  }

  @Test
  void writesMaps() throws IOException {
    Safetensors.write(
        target(), Map.of("t", TensorView.of(new double[] {4}, 1)), Map.of("key", "value"));
    try (Safetensors file = Safetensors.open(target())) {
      assertThat(file.tensor("t").get(0)).isEqualTo(4);
      assertThat(file.metadata()).containsExactly(Map.entry("key", "value"));
    }
    Safetensors.write(target(), Map.of(), Map.of());
    try (Safetensors file = Safetensors.open(target())) {
      assertThat(file.names()).isEmpty();
    }
  }

  @Test
  void refusesWhatCannotBeWritten() {
    TensorView one = TensorView.of(new float[] {1}, 1);
    SafetensorsWriter writer = Safetensors.writer().add("a", one).metadata("k", "v");
    assertThatThrownBy(() -> writer.add("a", one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There already is a tensor \"a\".");
    assertThatThrownBy(() -> writer.metadata("k", "w"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The metadata key \"k\" is already used.");
    assertThatThrownBy(() -> writer.add("__metadata__", one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A tensor cannot be named __metadata__; use metadata(key, value).");
    assertThatThrownBy(() -> writer.add("\ud800", one))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("The text \"?\" has half a surrogate pair and so no form in UTF-8.");
    assertThatThrownBy(() -> writer.metadata("l", "\udc00"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.add("b", new long[] {1, 2}, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Tensor \"b\": shape [3] does not fit 2 values.");
    assertThatThrownBy(() -> writer.add("b", new long[] {1}, -1, -1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesHeadersNobodyCanRead() {
    assertThatThrownBy(() -> SafetensorsWriter.padded(new byte[99_999_999 + 2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("more than the 100000000 that the format allows");
  }

  @Test
  void leavesTheOldFileWhenWritingFails() throws IOException {
    Files.writeString(target(), "old");
    SafetensorsWriter writer = Safetensors.writer().add("a", TensorView.of(new float[9], 9));
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> writer.write(target()))
          .isInstanceOf(ClosedByInterruptException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
    assertThat(target()).hasContent("old");
    assertThat(folder).isDirectoryNotContaining(path -> path.toString().endsWith(".tmp"));
    writer.write(target());
    Safetensors.open(target()).close();
  }

  @Test
  void leavesNothingBehindWhenTheTargetCannotBeReplaced() throws IOException {
    Files.createDirectories(target().resolve("inside"));
    SafetensorsWriter writer = Safetensors.writer().add("a", TensorView.of(new float[9], 9));
    assertThatThrownBy(() -> writer.write(target())).isInstanceOf(IOException.class);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).containsExactly(target());
    }
    assertThatThrownBy(() -> writer.write(folder.resolve("none").resolve("out")))
        .isInstanceOf(java.nio.file.NoSuchFileException.class);
  }

  @Test
  void replacesAFileThatIsMapped() throws IOException {
    Safetensors.write(target(), Map.of("a", TensorView.of(new float[] {1}, 1)), Map.of());
    try (Safetensors old = Safetensors.open(target())) {
      TensorView view = old.tensor("a");
      Safetensors.write(target(), Map.of("a", TensorView.of(new float[] {2}, 1)), Map.of());
      assertThat(view.get(0)).isEqualTo(1);
    }
    try (Safetensors fresh = Safetensors.open(target())) {
      assertThat(fresh.tensor("a").get(0)).isEqualTo(2);
    }
  }
}
