/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.TensorView;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void readsEveryFloatType() throws IOException {
    String header =
        "{\"d\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":[0,8]},"
            + "\"f\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]},"
            + "\"h\":{\"dtype\":\"F16\",\"shape\":[1,2],\"data_offsets\":[16,20]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[2],\"data_offsets\":[20,24]}}";
    ByteBuffer data = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    data.putDouble(Math.PI).putFloat(1.5f).putFloat(-2f);
    data.putShort((short) 0x3c00).putShort((short) 0xc000);
    data.putShort((short) 0x3f80).putShort((short) 0xc000);
    try (Safetensors file = Safetensors.open(TestFiles.write(folder, header, data.array()))) {
      assertThat(file.names()).containsExactly("d", "f", "h", "b");
      assertThat(file.tensor("d").toDoubles()).containsExactly(Math.PI);
      assertThat(file.tensor("f").toDoubles()).containsExactly(1.5, -2);
      assertThat(file.tensor("h").toDoubles()).containsExactly(1, -2);
      assertThat(file.tensor("b").toDoubles()).containsExactly(1, -2);
      assertThat(file.shape("f")).containsExactly(2, 1);
      assertThat(file.dtype("b")).isEqualTo(DType.BF16);
      assertThat(file.contains("x")).isFalse();
      assertThat(file.metadata()).isEmpty();
    }
  }

  @Test
  void readsEveryIntegerType() throws IOException {
    readsInteger(DType.BOOL, new byte[] {0, 1, 2}, 0, 1, 1);
    readsInteger(DType.U8, new byte[] {0, -1}, 0, 255);
    readsInteger(DType.I8, new byte[] {127, -1}, 127, -1);
    readsInteger(DType.I16, new byte[] {1, 2, -1, -1}, 0x201, -1);
    readsInteger(DType.U16, new byte[] {1, 2, -1, -1}, 0x201, 0xffff);
    readsInteger(DType.I32, new byte[] {1, 0, 0, 0, -1, -1, -1, -1}, 1, -1);
    readsInteger(DType.U32, new byte[] {1, 0, 0, 0, -1, -1, -1, -1}, 1, 0xffff_ffffL);
    readsInteger(DType.I64, new byte[] {-1, -1, -1, -1, -1, -1, -1, -1}, -1);
    readsInteger(DType.U64, new byte[] {-1, -1, -1, -1, -1, -1, -1, 127}, Long.MAX_VALUE);
    readsInteger(DType.U8, new byte[0]);
  }

  private void readsInteger(DType type, byte[] data, long... expected) throws IOException {
    try (Safetensors file = Safetensors.open(single(type.name(), expected.length, data))) {
      assertThat(file.longs("x")).containsExactly(expected);
      assertThat(file.dtype("x")).isEqualTo(type);
      assertThatThrownBy(() -> file.tensor("x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("tensor \"x\" is of dtype " + type + "; read it with longs(name)");
    }
  }

  private Path single(String type, long size, byte... data) throws IOException {
    return TestFiles.write(
        folder,
        "{\"x\":{\"dtype\":\""
            + type
            + "\",\"shape\":["
            + size
            + "],\"data_offsets\":[0,"
            + data.length
            + "]}}",
        data);
  }

  @Test
  void refusesUnsignedIntegersBeyondLong() throws IOException {
    byte[] data = {-1, -1, -1, -1, -1, -1, -1, -1};
    try (Safetensors file = Safetensors.open(single("U64", 1, data))) {
      assertThatThrownBy(() -> file.longs("x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"x\" has 18446744073709551615 at element 0, more than 2^63-1");
    }
  }

  @Test
  void refusesFloatsAsIntegers() throws IOException {
    try (Safetensors file = Safetensors.open(single("F32", 0))) {
      assertThatThrownBy(() -> file.longs("x"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("tensor \"x\" is of dtype F32; read it with tensor(name)");
    }
  }

  @Test
  void namesWhatThereIsWhenATensorIsMissing() throws IOException {
    try (Safetensors file = Safetensors.open(single("F32", 0))) {
      assertThatThrownBy(() -> file.tensor("y"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("has no tensor \"y\"; it has 1: \"x\".");
      assertThatThrownBy(() -> file.shape("y")).isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> file.dtype("y")).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void viewsOutliveTheFileButNoNewOnesAreGiven() throws IOException {
    Path path = single("F32", 1, (byte) 0, (byte) 0, (byte) 0x80, (byte) 0x3f);
    Safetensors file = Safetensors.open(path);
    TensorView view = file.tensor("x");
    file.close();
    file.close();
    assertThat(view.get(0)).isEqualTo(1);
    assertThatThrownBy(() -> file.tensor("x"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(path + "\" already closed");
    assertThatThrownBy(() -> file.longs("x")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void viewsAreDirectAndReadOnly() throws IOException {
    byte[] data = new byte[8];
    try (Safetensors file = Safetensors.open(single("F64", 1, data))) {
      ByteBuffer bytes = Objects.requireNonNull(file.tensor("x").byteBuffer());
      assertThat(bytes.isDirect()).isTrue();
      assertThatThrownBy(() -> file.tensor("x").set(0, 1))
          .isInstanceOf(UnsupportedOperationException.class)
          .hasMessageContaining("This tensor is immutable");
    }
  }

  @Test
  void alignsWhatTheFileDoesNotAlign() throws IOException {
    for (int padding = 0; padding < 8; padding++) {
      String header =
          "{\"x\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}}" + " ".repeat(padding);
      byte[] data = new byte[16];
      ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putDouble(8, 2.5);
      try (Safetensors file = Safetensors.open(TestFiles.write(folder, header, data))) {
        assertThat(file.tensor("x").toDoubles()).containsExactly(0, 2.5);
        ByteBuffer bytes = Objects.requireNonNull(file.tensor("x").byteBuffer());
        assertThat(bytes.alignmentOffset(0, 8)).isZero();
      }
    }
  }

  @Test
  void acceptsSpacesEscapesMetadataAndEmptyTensors() throws IOException {
    String header =
        "{ \"__metadata__\" : { \"a\\n\\u00e4\\ud83d\\ude00\" : \"\\\"\\\\\\/\\b\\f\\r\\tä\" } ,\n"
            + "\t\"e\" : { \"data_offsets\" : [ 1 , 1 ], \"shape\" : [0 , 5],"
            + " \"dtype\" : \"F32\" },\r"
            + "\"s\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}}  \n";
    try (Safetensors file = Safetensors.open(TestFiles.write(folder, header, (byte) 7))) {
      assertThat(file.metadata()).isEqualTo(Map.of("a\nä😀", "\"\\/\b\f\r\tä"));
      assertThat(file.tensor("e").shape()).containsExactly(0, 5);
      assertThat(file.shape("s")).isEmpty();
      assertThat(file.longs("s")).containsExactly(7);
      assertThatThrownBy(() -> file.names().clear())
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void readsAnEmptyFile() throws IOException {
    try (Safetensors file = Safetensors.open(TestFiles.write(folder, "{}"))) {
      assertThat(file.names()).isEmpty();
    }
  }

  /** The file is sparse: it takes a few kilobytes on the disk. */
  @Test
  void readsSmallTensorsOfFilesBeyondTwoGigabytes() throws IOException {
    long large = 3L << 30;
    String header =
        "{\"large\":{\"dtype\":\"F32\",\"shape\":["
            + large / 4
            + "],\"data_offsets\":[0,"
            + large
            + "]},\"small\":{\"dtype\":\"F64\",\"shape\":[1],\"data_offsets\":["
            + large
            + ","
            + (large + 8)
            + "]}}";
    byte[] start = TestFiles.bytes(header + " ".repeat(7 - (header.length() + 7) % 8));
    Path path = TestFiles.write(folder, start);
    try (RandomAccessFile sparse = new RandomAccessFile(path.toFile(), "rw")) {
      sparse.setLength(start.length + large + 8);
      sparse.seek(start.length + large);
      sparse.writeLong(Long.reverseBytes(Double.doubleToLongBits(6.5)));
    }
    try (Safetensors file = Safetensors.open(path)) {
      assertThat(file.tensor("small").get(0)).isEqualTo(6.5);
      assertThatThrownBy(() -> file.tensor("large"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "tensor \"large\" of shape [805306368] has 3221225472 bytes, more than the 2 GiB that"
                  + " one tensor may hold; store it in parts.");
    }
  }

  @Test
  void aFileThatCannotBeReadIsNotCalledInvalid() {
    assertThatThrownBy(() -> Safetensors.open(folder.resolve("none")))
        .isInstanceOf(java.nio.file.NoSuchFileException.class);
    assertThatThrownBy(() -> Safetensors.open(folder)).isInstanceOf(IOException.class);
  }

  @Test
  void readsAFileOfKronfluence() throws Exception {
    Path golden =
        Path.of(
            Objects.requireNonNull(
                    SafetensorsTest.class.getResource("/golden/w2_factors_fp64.safetensors"))
                .toURI());
    try (Safetensors file = Safetensors.open(golden)) {
      assertThat(file.names()).hasSize(33);
      assertThat(file.longs("num_lambda_processed.0")).containsExactly(128);
      assertThat(file.shape("lambda_matrix.2")).containsExactly(16, 32);
      // The last column of the input of a layer with a bias is 1, so its sum of squares counts
      // rows.
      assertThat(file.tensor("activation_covariance.0").get(120)).isEqualTo(128);
    }
    // Written again, it is the same file byte for byte: the reference writes the same layout.
    Path copy = folder.resolve("copy.safetensors");
    try (Safetensors file = Safetensors.open(golden)) {
      SafetensorsWriter writer = Safetensors.writer();
      for (String name : file.names()) {
        if (file.dtype(name) == DType.I64) {
          writer.add(name, file.longs(name), file.shape(name));
        } else {
          writer.add(name, file.tensor(name));
        }
      }
      writer.write(copy);
    }
    assertThat(copy).hasSameBinaryContentAs(golden);
  }
}
