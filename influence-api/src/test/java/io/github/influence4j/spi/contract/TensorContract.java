/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.assertEachNear;
import static io.github.influence4j.spi.contract.Closeness.unitRoundoff;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Storage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Tensors: uploads, zeros, concatenation. */
@Tag("tensors")
abstract class TensorContract extends BackendContract {
  TensorContract(BackendProvider backends) {
    super(backends);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void uploadsEveryHalfPrecisionNumberExactly(Precision precision) {
    try (Session session = open(precision)) {
      for (ElementType type : List.of(ElementType.F16, ElementType.BF16)) {
        int mantissaBits = type == ElementType.F16 ? 10 : 7;
        List<Integer> finite = new ArrayList<>();
        ByteBuffer buffer = ByteBuffer.allocateDirect(2 << 16).order(ByteOrder.LITTLE_ENDIAN);
        for (int bits = 0; bits < 1 << 16; bits++) {
          if (Double.isFinite(decoded(bits, mantissaBits))) {
            finite.add(bits);
            buffer.putShort((short) bits);
          }
        }
        TensorView host = TensorView.of(buffer.flip(), type, finite.size());
        double[] expected =
            finite.stream().mapToDouble(bits -> decoded(bits, mantissaBits)).toArray();
        double[] actual = session.keep(session.backend().upload(host)).toDoubles();
        assertSameBits(type.toString(), actual, expected);
      }
    }
  }

  /** IEEE 754 by its definition. */
  private static double decoded(int bits, int mantissaBits) {
    int exponentBits = 15 - mantissaBits;
    int bias = (1 << (exponentBits - 1)) - 1;
    int exponent = (bits >> mantissaBits) & ((1 << exponentBits) - 1);
    double fraction = (bits & ((1 << mantissaBits) - 1)) / (double) (1 << mantissaBits);
    double sign = (bits & 0x8000) == 0 ? 1 : -1;
    if (exponent == (1 << exponentBits) - 1) {
      return Double.NaN;
    }
    return exponent == 0
        ? sign * fraction * Math.pow(2, 1 - bias)
        : sign * (1 + fraction) * Math.pow(2, exponent - bias);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void uploadsAnyMemory(Precision precision) {
    Random random = SeededRandom.at("uploadsAnyMemory");
    try (Session session = open(precision)) {
      for (ElementType type : List.of(ElementType.F32, ElementType.F64)) {
        for (Storage storage : Storage.values()) {
          double[] values = SeededRandom.gaussians(random, 6);
          if (type == ElementType.F32) {
            Arrays.setAll(values, i -> (float) values[i]);
          }
          TensorView host = TestRows.store(values, type, storage).reshape(2, 3);
          BackendTensor tensor = session.keep(session.backend().upload(host));
          assertThat(tensor.shape()).containsExactly(2, 3);
          assertEachNear(
              type + " " + storage,
              tensor.toDoubles(),
              values,
              i -> type == ElementType.F32 ? 0 : unitRoundoff(session) * Math.abs(values[i]));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void allocatesZeros(Precision precision) {
    try (Session session = open(precision)) {
      BackendTensor zeros = session.keep(session.backend().zeros(3, 5, 7));
      assertThat(zeros.shape()).containsExactly(3, 5, 7);
      assertSameBits("zeros", zeros.toDoubles(), new double[105]);
      BackendTensor accumulator = session.keep(session.backend().accumulator(4, 3));
      assertThat(accumulator.shape()).containsExactly(4, 3);
      assertSameBits("accumulator", accumulator.toDoubles(), new double[12]);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void concatenatesAlongTheFirstDimension(Precision precision) {
    Random random = SeededRandom.at("concatenate");
    try (Session session = open(precision)) {
      List<BackendTensor> parts = new ArrayList<>();
      List<Double> expected = new ArrayList<>();
      for (int count : new int[] {2, 1, 5}) {
        BackendTensor part =
            session.upload(SeededRandom.gaussians(random, count * 21), count, 3, 7);
        parts.add(part);
        Arrays.stream(part.toDoubles()).forEach(expected::add);
      }
      BackendTensor joined = session.keep(session.backend().concatenate(parts));
      assertThat(joined.shape()).containsExactly(8, 3, 7);
      assertThat(joined.toDoubles()).containsExactly(expected.toArray(Double[]::new));
      assertThat(parts.get(1).toDoubles()).hasSize(21);
    }
  }
}
