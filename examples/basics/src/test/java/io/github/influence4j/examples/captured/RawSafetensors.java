/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** Writes what the library's own writer does not: masks of any type, and F16 and BF16 numbers. */
final class RawSafetensors {
  private RawSafetensors() {}

  /** F64 tensors and one of another type. */
  static void write(
      Path file,
      Map<String, TensorView> tensors,
      String name,
      String type,
      long[] shape,
      double[] values)
      throws IOException {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    StringBuilder header = new StringBuilder("{");
    for (Map.Entry<String, TensorView> entry : tensors.entrySet()) {
      entry(header, entry.getKey(), "F64", entry.getValue().shape(), data.size());
      data.write(bytes("F64", entry.getValue().toDoubles()));
      header.append(data.size()).append("]},");
    }
    entry(header, name, type, shape, data.size());
    data.write(bytes(type, values));
    header.append(data.size()).append("]}}");
    byte[] json = header.toString().getBytes(StandardCharsets.UTF_8);
    ByteBuffer out = ByteBuffer.allocate(8 + json.length + data.size());
    out.order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json).put(data.toByteArray());
    Files.write(file, out.array());
  }

  private static void entry(
      StringBuilder header, String name, String type, long[] shape, int begin) {
    header
        .append('"')
        .append(name)
        .append("\":{\"dtype\":\"")
        .append(type)
        .append("\",\"shape\":")
        .append(Arrays.toString(shape))
        .append(",\"data_offsets\":[")
        .append(begin)
        .append(',');
  }

  private static byte[] bytes(String type, double[] values) {
    ByteBuffer out = ByteBuffer.allocate(8 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    for (double value : values) {
      switch (type) {
        case "BOOL", "U8", "F8_E4M3" -> out.put((byte) value);
        case "I64" -> out.putLong((long) value);
        case "F32" -> out.putFloat((float) value);
        default -> out.putDouble(value);
      }
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** The same numbers, rounded to a narrow type; small integers stay exact in all. */
  static TensorView rounded(TensorView tensor, String type) {
    ElementType element = ElementType.valueOf(type);
    ByteBuffer out = ByteBuffer.allocateDirect(tensor.elements() * element.bytes());
    out.order(ByteOrder.LITTLE_ENDIAN);
    for (double value : tensor.toDoubles()) {
      float whole = Math.round(4 * value);
      switch (element) {
        case BF16 -> out.putShort((short) (Float.floatToRawIntBits(whole) >>> 16));
        case F16 -> out.putShort(half(whole));
        default -> out.putFloat(whole);
      }
    }
    return TensorView.of(out.flip(), element, tensor.shape());
  }

  /** Exact for integers up to 2048. */
  private static short half(float value) {
    if (value == 0) {
      return 0;
    }
    int bits = Float.floatToRawIntBits(value);
    int exponent = ((bits >>> 23) & 0xff) - 127 + 15;
    return (short) (((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff));
  }
}
