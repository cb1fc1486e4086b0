/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Damaged and hostile files: each opens, or is refused with a text; nothing else ever happens. */
final class SafetensorsHostileTest {
  private static final String VALID =
      "{\"__metadata__\":{\"k\":\"v\"},"
          + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
          + "\"b\":{\"dtype\":\"I64\",\"shape\":[1,1],\"data_offsets\":[8,16]}}";

  @TempDir Path folder;

  private void refused(byte[] content, String text) throws IOException {
    Path file = TestFiles.write(folder, content);
    assertThatThrownBy(() -> Safetensors.open(file).close())
        .isInstanceOf(InvalidSafetensorsException.class)
        .hasMessageStartingWith("File \"" + file + "\": ")
        .hasMessageContaining(text);
  }

  private void refused(String header, String text, byte... data) throws IOException {
    refused(TestFiles.bytes(header, data), text);
  }

  private static String tensor(String body) {
    return "{\"x\":{" + body + "}}";
  }

  private static String tensor(String type, String shape, String offsets) {
    return tensor("\"dtype\":\"" + type + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets);
  }

  @Test
  void refusesLyingHeaderLengths() throws IOException {
    refused(new byte[0], "has 0 bytes, a safetensors file has at least 8");
    refused(new byte[7], "has 7 bytes, a safetensors file has at least 8");
    refused(new byte[8], "the header does not begin with '{'; this is no safetensors file");
    byte[] most = {-1, -1, -1, -1, -1, -1, -1, 127, '{', '}'};
    refused(most, "says that its header has 9223372036854775807 bytes, more than the 100000000");
    byte[] sign = {0, 0, 0, 0, 0, 0, 0, -128, '{', '}'};
    refused(sign, "says that its header has 9223372036854775808 bytes, more than the 100000000");
    byte[] beyond = {3, 0, 0, 0, 0, 0, 0, 0, '{', '}'};
    refused(beyond, "says that its header has 3 bytes, but only 2 follow; the file is truncated");
    refused("PK", "does not begin with '{'");
  }

  @Test
  void refusesHeadersTooLongForTheHeap() {
    assertThatThrownBy(
            () -> SafetensorsHeader.checkLength(Path.of("f"), 50_000_000, 60_000_000, 64L << 20))
        .isInstanceOf(InvalidSafetensorsException.class)
        .hasMessageContaining("50000000 bytes, too many for a heap of 67108864 bytes; raise -Xmx.");
  }

  @Test
  void refusesDeepNesting() throws IOException {
    refused("{\"x\":".repeat(100_000), "to be nested at most 125 deep");
    refused(tensor("\"unknown\":" + "[".repeat(1_000_000)), "to be nested at most 125 deep");
    refused(tensor("\"shape\":" + "[".repeat(1_000_000)), "expected a size in the shape");
    refused("{\"__metadata__\":{\"k\":{}}}", "expected a value of __metadata__ as a string");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"x\"}| expected ':' after \"x\" at header byte 4, but found \"}\".",
        "{x:1}| expected the name of a tensor as a string",
        "{,}| expected the name of a tensor as a string",
        "{\"x\":1}| expected '{' at the begin of tensor \"x\"",
        "{\"x\":{}}| expected dtype, shape or data_offsets of tensor \"x\" as a string",
        "{\"x| expected the closing '\"' of a string at header byte 3, but the header ends.",
        "{\"x\\| expected the closing '\"' of a string",
        "{\"\\x\":| has an unknown escape",
        "{\"\\u12\":| has an unknown escape",
        "{\"\\u12g4\":| has an unknown escape",
        "{\"\\ud800\":| has half a surrogate pair",
        "{\"__metadata__\":[]}| expected '{' after __metadata__",
        "{\"__metadata__\":{\"a\":1}}| expected a value of __metadata__ as a string",
        "{\"__metadata__\":{1:\"a\"}}| expected a key of __metadata__ as a string",
        "{\"__metadata__\":null,\"__metadata__\":null}| has __metadata__ twice",
        "{\"__metadata__\":nul}| expected '{' after __metadata__",
        "{\"__metadata__\":{},\"__metadata__\":{}}| has __metadata__ twice",
        "{\"__metadata__\":{}| expected '}' at the end of the header",
        "{\"__metadata__\":{\"a\":\"b\"| expected '}' at the end of __metadata__",
        "{}x| expected nothing but spaces after the header's last '}'",
        "{}{}| expected nothing but spaces",
      })
  void refusesWhatIsNoHeader(String header, String text) throws IOException {
    refused(header.strip(), text.strip());
  }

  @Test
  void refusesControlCharacters() throws IOException {
    refused("{\"a\nb\":1}", "expected no control character in a string at header byte 3");
  }

  @Test
  void refusesBadUtf8() throws IOException {
    byte[] header = "{\"__metadata__\":{\"k\":\"?\"}}".getBytes(StandardCharsets.UTF_8);
    header[22] = (byte) 0xff;
    refused(TestFiles.bytes(header), "the string at header byte 22 is no valid UTF-8");
    refused(TestFiles.bytes(new byte[] {'{', (byte) 0xc3, (byte) 0xa4, '}'}), "found \"Ã\"");
  }

  @Test
  void refusesBadTensorEntries() throws IOException {
    String twice = "has the key \"dtype\" twice";
    refused(tensor("\"dtype\":\"F32\",\"dtype\":\"F32\""), twice);
    refused(tensor("\"type\":\"F32\""), "tensor \"x\" lacks its dtype");
    refused(tensor("\"shape\":[],\"data_offsets\":[0,0]"), "tensor \"x\" lacks its dtype");
    refused(tensor("\"dtype\":\"F32\",\"data_offsets\":[0,0]"), "tensor \"x\" lacks its shape");
    refused(tensor("\"dtype\":\"F32\",\"shape\":[]"), "tensor \"x\" lacks its data_offsets");
    refused(
        tensor("F31", "[0]", "[0,0]"), "has dtype \"F31\", which is unknown; expected one of [");
    refused(
        tensor("F4", "[3]", "[0,2]"),
        "has shape [3] and dtype F4 of 4 bits, which is no whole number of bytes",
        new byte[2]);
    refused(
        tensor("F32", "[-1]", "[0,0]"), "expected a size in the shape of tensor \"x\" as an int");
    refused(tensor("F32", "[1.0]", "[0,4]"), "as an integer that is not negative", new byte[4]);
    refused(tensor("F32", "[1e0]", "[0,4]"), "as an integer that is not negative", new byte[4]);
    refused(tensor("F32", "[01]", "[0,4]"), "without leading zeros", new byte[4]);
    refused(tensor("F32", "[9223372036854775808]", "[0,4]"), "is larger than 2^63-1");
    refused(
        tensor("F32", "[0:", "[0,0]"), "expected ']' after a size in the shape of tensor \"x\"");
    refused(tensor("F32", "0", "[0,0]"), "expected '[' before a size in the shape of tensor \"x\"");
  }

  @Test
  void refusesLyingSizesAndOffsets() throws IOException {
    byte[] four = new byte[4];
    refused(tensor("F32", "[1]", "[0]"), "data_offsets [0], expected a begin and an end after it");
    refused(tensor("F32", "[1]", "[4,0]"), "has data_offsets [4, 0], expected a begin", four);
    refused(tensor("F32", "[1]", "[0,4,8]"), "has data_offsets [0, 4, 8], expected a begin", four);
    refused(
        tensor("F32", "[2]", "[0,8]"),
        "tensor \"x\" ends at data byte 8, but the file has only 4 data bytes; it is truncated",
        four);
    refused(
        tensor("F32", "[2]", "[0,4]"),
        "tensor \"x\" of shape [2] and dtype F32 needs 8 bytes, but its data_offsets span 4",
        four);
    refused(
        tensor("F32", "[4294967296,4294967296]", "[0,4]"),
        "tensor \"x\" has shape [4294967296, 4294967296], more than 2^64-1 bits",
        four);
    refused(tensor("U8", "[4611686018427387904,4,0]", "[0,0]"), "more than 2^64-1 bits");
    refused(tensor("F32", "[1]", "[1,5]"), "the format allows no holes", new byte[5]);
    refused(
        tensor("F32", "[1]", "[0,4]"),
        "the tensors end at data byte 4, but the file has 5 data bytes",
        new byte[5]);
    refused("{}", "the tensors end at data byte 0, but the file has 1 data bytes", new byte[1]);
  }

  @Test
  void refusesOverlapsAndHoles() throws IOException {
    String two =
        "{\"x\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]},"
            + "\"y\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[%d,%d]}}";
    refused(
        String.format(two, 2, 5),
        "tensor \"y\" begins at data byte 2, but the tensor before it ends at 3; they overlap",
        new byte[5]);
    refused(String.format(two, 0, 3), "they overlap", new byte[3]);
    refused(
        String.format(two, 4, 7),
        "tensor \"y\" begins at data byte 4, but the tensor before it ends at 3; the format allows"
            + " no holes",
        new byte[7]);
  }

  @Test
  void shortensAndCleansNamesInMessages() throws IOException {
    String name = "n".repeat(1000) + "\\u001b";
    refused("{\"" + name + "\":1}", "n".repeat(200) + "...\"");
    refused("{\"\\u001b[31m\\n\\u2028\":1}", "tensor \"?[31m??\"");
  }

  @Test
  void refusesEveryTruncation() throws IOException {
    byte[] valid = TestFiles.bytes(VALID, new byte[16]);
    for (int length = 0; length < valid.length; length++) {
      refused(Arrays.copyOf(valid, length), "");
    }
    Safetensors.open(TestFiles.write(folder, valid)).close();
  }

  @Test
  void readsHeadersOfManyEntries() throws IOException {
    StringBuilder header = new StringBuilder("{\"__metadata__\":{\"first\":\"\"");
    for (int i = 0; i < 100_000; i++) {
      header.append(",\"").append(i).append("\":\"\"");
    }
    header.append('}');
    try (Safetensors tensors = Safetensors.open(TestFiles.write(folder, header + "}"))) {
      assertThat(tensors.metadata()).hasSize(100_001);
    }
  }
}
