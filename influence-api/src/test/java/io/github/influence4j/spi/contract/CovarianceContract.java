/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Closeness.assertNear;
import static io.github.influence4j.spi.contract.Closeness.norm;
import static io.github.influence4j.spi.contract.Closeness.tolerance;
import static io.github.influence4j.spi.contract.Operations.ALWAYS;
import static io.github.influence4j.spi.contract.Operations.covariances;
import static io.github.influence4j.spi.contract.Operations.squares;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Sums of outer products of rows. */
@Tag("covariances")
abstract class CovarianceContract extends BackendContract {
  CovarianceContract(BackendProvider backends) {
    super(backends);
  }

  private static double squares(TestRows rows) {
    return IntStream.range(0, rows.values().length)
        .mapToDouble(rows::norm)
        .map(norm -> norm * norm)
        .sum();
  }

  @ParameterizedTest
  @MethodSource("problems")
  void accumulatesCovariances(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int blocks = problem.activationBlocks().size();
    try (Session session = open(precision)) {
      double[] actual = covariances(session, List.of(examples, examples), blocks);
      List<TestExamples> plain = List.of(examples.plain(), examples.plain());
      double[] expected = expected("covariances", problem, o -> covariances(o, plain, blocks));
      double scale = 2 * (squares(examples.activations()) + squares(examples.gradients()));
      assertNear("A and S", actual, expected, scale * tolerance(session, 2 * examples.rowCount()));
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void covariancesAreSymmetricToTheLastBit(Precision precision) {
    Random random = SeededRandom.at("symmetric");
    try (Session session = open(precision)) {
      CovarianceAccumulator accumulator = session.covariance(0, 40, 77);
      TestRows rows = TestRows.gaussian(random, 50, 76, true, Form.PLAIN);
      session
          .backend()
          .accumulateCovariances(List.of(new CovarianceUpdate(rows.rows(), accumulator)));
      assertThat(accumulator.blockOffsets()).containsExactly(0, 40, 77);
      Matrix first = new Matrix(40, 40, accumulator.sum(0));
      Matrix second = new Matrix(37, 37, accumulator.sum(1));
      assertSameBits("block 0", first.values(), first.transposed().values());
      assertSameBits("block 1", second.values(), second.transposed().values());
      // The last feature of the last block is the column of ones.
      assertThat(second.get(36, 36)).isEqualTo(50);
    }
  }

  /**
   * A float32 sum forgets ones after 2^24. The method allows float32 within at most 10⁴ rows, so of
   * the 30 000 ones after a row of 4096 = √2^24 at least 20 000 are counted.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void sumsAreKeptInDoublePrecision(Precision precision) {
    double[][] ones = new double[30_000][];
    Arrays.fill(ones, new double[] {1});
    Form form = new Form(ElementType.F32, Storage.DIRECT, Layout.PACKED);
    TestRows many = new TestRows(ones, 1, false, form);
    TestRows large = new TestRows(new double[][] {{4096}}, 1, false, form);
    TestRows one = new TestRows(new double[][] {{1}}, 1, false, form);
    int[] single = IntStream.rangeClosed(0, ones.length).toArray();
    List<TestExamples> batches =
        List.of(
            new TestExamples(one, large, new int[] {0, 1}), new TestExamples(many, many, single));
    try (Session session = open(precision)) {
      double[] covariances = covariances(session, batches, 1);
      assertThat(covariances[0]).isEqualTo(30_001);
      assertThat(covariances[1]).isBetween(0x1p24 + 20_000, 0x1p24 + 30_000);
      BackendTensor sum = session.keep(session.backend().accumulator(1, 1));
      for (TestExamples batch : batches) {
        session.backend().accumulateSquares(batch.rows(), Rotation.identity(1, 1), ALWAYS, sum);
      }
      assertThat(sum.toDoubles()[0]).isBetween(0x1p24 + 20_000, 0x1p24 + 30_000);
    }
  }
}
