/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Rows;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The largest magnitude of each row, which tells numbers that are not finite too. */
@Tag("magnitudes")
abstract class MagnitudeContract extends BackendContract {
  MagnitudeContract(BackendProvider backends) {
    super(backends);
  }

  static Stream<Arguments> forms() {
    return Stream.of(ElementType.values())
        .flatMap(
            type ->
                Stream.of(Storage.values())
                    .flatMap(
                        storage ->
                            Stream.of(Layout.values())
                                .map(layout -> new Form(type, storage, layout))))
        .flatMap(form -> Stream.of(Precision.values()).map(p -> Arguments.of(p, form)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void tellsTheMagnitudesOfRows(Precision precision, Form form) {
    Random random = SeededRandom.at("magnitudes", form.toString());
    double[] bad = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY};
    try (Session session = open(precision)) {
      for (int columns : new int[] {1, 3, 8, 17, 100, 513}) {
        TestRows clean = TestRows.gaussian(random, 9, columns, columns % 2 == 1, form);
        assertMagnitudes(session.backend(), clean.rows());
        for (int column : new int[] {0, columns / 2, columns - 1}) {
          TestRows dirty = clean.select(IntStream.range(0, 9).toArray());
          for (int row : new int[] {0, 4, 8}) {
            dirty.values()[row] = dirty.values()[row].clone();
            dirty.values()[row][column] = bad[(row + column) % bad.length];
          }
          double[] found = session.backend().magnitudes(dirty.rows());
          double[] expected = session.backend().magnitudes(clean.rows());
          for (int row = 0; row < 9; row++) {
            if (row % 4 == 0) {
              assertThat(Double.isFinite(found[row])).as("%s %d", form, columns).isFalse();
            } else {
              assertThat(found[row]).isEqualTo(expected[row]);
            }
          }
        }
      }
    }
  }

  private static void assertMagnitudes(ComputeBackend backend, Rows rows) {
    double[] expected = new double[rows.rows()];
    for (int r = 0; r < expected.length; r++) {
      for (int c = 0; c < rows.columns(); c++) {
        expected[r] = Math.max(expected[r], Math.abs(rows.get(r, c)));
      }
    }
    assertThat(backend.magnitudes(rows)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void magnitudesOfHugeAndTinyNumbersAreExact(Precision precision) {
    double[][] floats = {
      {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE},
      {-Float.MIN_VALUE, 0, Float.MIN_VALUE},
      {0, -0.0, 0}
    };
    double[][] doubles = {{1e-300, -1e300, 1}, {Double.MIN_VALUE, 0, 0}};
    Form f32 = new Form(ElementType.F32, Storage.ARRAY, Layout.PACKED);
    Form f64 = new Form(ElementType.F64, Storage.ARRAY, Layout.PACKED);
    try (Session session = open(precision)) {
      ComputeBackend backend = session.backend();
      assertMagnitudes(backend, new TestRows(floats, 3, true, f32).rows());
      assertMagnitudes(backend, new TestRows(doubles, 3, true, f64).rows());
      assertThat(backend.magnitudes(new TestRows(new double[0][], 3, true, f32).rows())).isEmpty();
    }
  }
}
