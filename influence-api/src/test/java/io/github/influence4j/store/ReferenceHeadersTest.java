/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the reference implementation opens and refuses, as tried with {@code
 * safetensors.deserialize} of the Python package safetensors 0.8.0: each header here was given to
 * it too.
 */
final class ReferenceHeadersTest {
  private static final String X = "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}";

  @TempDir Path folder;

  private Safetensors open(String header, int bytes) throws IOException {
    return Safetensors.open(TestFiles.write(folder, header, new byte[bytes]));
  }

  private static String tensor(String type, String shape, int bytes) {
    return "{\"x\":{\"dtype\":\""
        + type
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":[0,"
        + bytes
        + "]}}";
  }

  private static String with(String more) {
    return "{" + X.replace("}", "," + more + "}") + "}";
  }

  @Test
  void metadataMayBeNullOrEmpty() throws IOException {
    for (String none : new String[] {"null", "{}", " null "}) {
      try (Safetensors file = open("{\"__metadata__\":" + none + "," + X + "}", 4)) {
        assertThat(file.metadata()).isEmpty();
        assertThat(file.tensor("x").toDoubles()).containsExactly(0);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"foo\":1",
        "\"foo\":-1.5e-3",
        "\"foo\":null,\"bar\":true,\"baz\":false",
        "\"foo\":\"text \\u00e4\\n\"",
        "\"foo\":[]",
        "\"foo\":{}",
        "\"foo\":{\"a\":[1,2.5e3,null,true,\"x\",{\"b\":{}}]}",
        "\"foo\":[[],[[]],{\"a\":[]}] , \"foo\" : 2",
        "\"fo\\u006f\":1",
      })
  void passesOverUnknownKeys(String more) throws IOException {
    try (Safetensors file = open(with(more), 4)) {
      assertThat(file.tensor("x").toDoubles()).containsExactly(0);
    }
  }

  @Test
  void unknownValuesMayBeNestedAsDeeplyAsThere() throws IOException {
    open(with("\"foo\":" + "[".repeat(125) + "]".repeat(125)), 4).close();
    assertThatThrownBy(() -> open(with("\"foo\":" + "[".repeat(126) + "]".repeat(126)), 4))
        .isInstanceOf(InvalidSafetensorsException.class)
        .hasMessageContaining("to be nested at most 125 deep");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"foo\":nul",
        "\"foo\":",
        "\"foo\"",
        "\"foo\":1e999",
        "\"foo\":01",
        "\"foo\":+1",
        "\"foo\":1.",
        "\"foo\":.5",
        "\"foo\":1e",
        "\"foo\":-",
        "\"foo\":[1,]",
        "\"foo\":[1",
        "\"foo\":[1}",
        "\"foo\":{1:2}",
        "\"foo\":{\"a\"}",
        "\"foo\":{\"a\":1,}",
        "\"foo\":{\"a\":1]",
        "\"foo\":\"\\ud800\"",
        "\"foo\":truefalse",
      })
  void unknownValuesMustBeWellFormed(String more) {
    assertThatThrownBy(() -> open(with(more), 4)).isInstanceOf(InvalidSafetensorsException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL,8",
    "U8,8",
    "I8,8",
    "I16,16",
    "U16,16",
    "F16,16",
    "BF16,16",
    "I32,32",
    "U32,32",
    "F32,32",
    "F64,64",
    "I64,64",
    "U64,64",
    "F8_E4M3,8",
    "F8_E5M2,8",
    "F8_E8M0,8",
    "F8_E4M3FNUZ,8",
    "F8_E5M2FNUZ,8",
    "F4,4",
    "F6_E2M3,6",
    "F6_E3M2,6",
    "C64,64"
  })
  void opensEveryType(String type, int bytes) throws IOException {
    String beside = tensor(type, "[8]", bytes);
    String header =
        beside.substring(0, beside.length() - 1)
            + String.format(
                ",\"y\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[%d,%d]}}",
                bytes, bytes + 4);
    try (Safetensors file = open(header, bytes + 4)) {
      assertThat(file.names()).containsExactly("x", "y");
      assertThat(file.dtype("x")).isEqualTo(DType.valueOf(type));
      assertThat(file.shape("x")).containsExactly(8);
      assertThat(file.tensor("y").toDoubles()).containsExactly(0);
      if (file.dtype("x").elementType() != null) {
        assertThat(file.tensor("x").elements()).isEqualTo(8);
      } else if (file.dtype("x").integer()) {
        assertThat(file.longs("x")).hasSize(8);
      } else {
        assertThatThrownBy(() -> file.tensor("x"))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(
                "tensor \"x\" is of dtype "
                    + type
                    + ", which is not computed with; convert it to F32, F16 or BF16.");
        assertThatThrownBy(() -> file.longs("x"))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(
                "tensor \"x\" is of dtype " + type + ", which is not computed with");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"F31", "f32", "C128", "I4", "F8_E3M4", "F4_E2M1", ""})
  void refusesTypesThatTheReferenceDoesNotKnow(String type) {
    assertThatThrownBy(() -> open(tensor(type, "[0]", 0), 0))
        .isInstanceOf(InvalidSafetensorsException.class)
        .hasMessageContaining(
            "has dtype \"" + type + "\", which is unknown; expected one of [BOOL,");
  }

  @Test
  void theLastOfTwoCounts() throws IOException {
    try (Safetensors file =
        open("{\"x\":{\"dtype\":\"F64\",\"shape\":[2],\"data_offsets\":[0,16]}," + X + "}", 4)) {
      assertThat(file.dtype("x")).isEqualTo(DType.F32);
    }
    try (Safetensors file = open("{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}", 0)) {
      assertThat(file.metadata()).isEqualTo(Map.of("a", "c"));
    }
  }

  @Test
  void shapesOfAnyLengthAndSize() throws IOException {
    open(tensor("F32", "[" + "1,".repeat(64) + "1]", 4), 4).close();
    open(tensor("F64", "[9223372036854775807,0]", 0), 0).close();
    open(tensor("U8", "[0,4611686018427387904,4]", 0), 0).close();
    open(tensor("U8", "[1152921504606846976,2,0]", 0), 0).close();
  }

  @ParameterizedTest
  @ValueSource(strings = {" {}", "\n\t\r {}", "{}  \n\t", "{\"__meta\\u0064ata__\":{\"a\":\"b\"}}"})
  void spacesAndEscapesAreJson(String header) throws IOException {
    open(header, 0).close();
  }

  @Test
  void tensorsMayLieInAnyOrderAndUnaligned() throws IOException {
    String first = "{\"y\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]},";
    open(first + X.replace("[0,4]", "[1,5]") + "}", 5).close();
    open(first.replace("[0,1]", "[4,5]") + X + "}", 5).close();
    open(first.replace("shape\":[]", "shape\":[0]").replace("[0,1]", "[4,4]") + X + "}", 4).close();
    assertThatThrownBy(
            () -> open(first.replace("[]", "[0]").replace("[0,1]", "[1,1]") + X + "}", 4))
        .isInstanceOf(InvalidSafetensorsException.class);
  }
}
