/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.internal.reference.ReferenceBackend;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every {@link ComputeBackend} must do. Every operation is compared with the reference backend
 * in float64, which itself is checked against explicit dense algebra; whatever the interface
 * promises about bits is compared bit for bit.
 *
 * <pre>{@code
 * public class CpuBackendContractTest extends BackendContractTest {
 *   protected BackendProvider provider() { return new CpuBackendProvider(); }
 * }
 * }</pre>
 *
 * <p><b>Tolerances.</b> A sum of k products computed with unit roundoff u is off by no more than
 * {@code λ√k·u} times the sum of the absolute products, with a probability that λ = 4 makes
 * practically certain (Higham and Mary 2019, "A new approach to probabilistic rounding error
 * analysis"). An operation chains sums of T (rows), M and P terms, each stable, so its error is
 * bounded by {@link #tolerance} times a norm that no cancellation makes small: Σ‖ds‖‖a‖ for a
 * gradient. That is 1e-5 or less in F32 and 2e-14 or less in F64 for every size used here, within
 * properties P1 to P3 of the method.
 */
public abstract class BackendContractTest {
  private static final int ALWAYS = Integer.MAX_VALUE;

  /**
   * The backend under test.
   *
   * @return its provider
   */
  protected abstract BackendProvider provider();

  static Stream<Arguments> problems() {
    List<LayerProblem> problems = LayerProblem.all();
    return Stream.of(Precision.values())
        .flatMap(precision -> problems.stream().map(p -> Arguments.of(precision, p)));
  }

  @BeforeEach
  void skipWhereUnavailable() {
    String required = System.getProperty("influence4j.test.requireBackend");
    Availability availability = provider().availability();
    assumeTrue(
        availability.available() || provider().name().equals(required), availability.detail());
  }

  private Session open(Precision precision) {
    return open(precision, 2);
  }

  private Session open(Precision precision, int threads) {
    return new Session(provider().create(BackendOptions.of(precision, threads)));
  }

  private static Session reference() {
    return new Session(new ReferenceBackend());
  }

  // ---------------------------------------------------------------------------------- tolerances

  private static double unitRoundoff(Session session) {
    return session.backend().description().precision() == Precision.F32 ? 0x1p-24 : 0x1p-53;
  }

  private static double tolerance(Session session, int... terms) {
    double roots = 3 + IntStream.of(terms).mapToDouble(Math::sqrt).sum();
    return 4 * roots * unitRoundoff(session);
  }

  private static double tolerance(Session session, LayerProblem problem) {
    TestExamples examples = problem.examples();
    return tolerance(session, examples.rowCount(), examples.inputs(), examples.outputs());
  }

  private static double distance(double[] actual, double[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    double sum = 0;
    for (int i = 0; i < actual.length; i++) {
      sum += (actual[i] - expected[i]) * (actual[i] - expected[i]);
    }
    return Math.sqrt(sum);
  }

  private static double norm(double[] values) {
    return distance(values, new double[values.length]);
  }

  private static void assertNear(String what, double[] actual, double[] expected, double bound) {
    assertThat(distance(actual, expected)).as(what).isLessThanOrEqualTo(bound);
  }

  private static void assertEachNear(
      String what, double[] actual, double[] expected, IntToDoubleFunction bound) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(Math.abs(actual[i] - expected[i]))
          .as("%s, element %d: %s instead of %s", what, i, actual[i], expected[i])
          .isLessThanOrEqualTo(bound.applyAsDouble(i));
    }
  }

  private static void assertSameBits(String what, double[] actual, double[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(Double.doubleToRawLongBits(actual[i]))
          .as("%s, element %d: %s instead of %s", what, i, actual[i], expected[i])
          .isEqualTo(Double.doubleToRawLongBits(expected[i]));
    }
  }

  // ------------------------------------------------------------------------------- what it runs on

  /** With {@code -Dinfluence4j.test.requireBackend=NAME} a silent fallback fails the build. */
  @Test
  void requestedBackendIsActive() {
    String required = System.getProperty("influence4j.test.requireBackend");
    assumeTrue(provider().name().equals(required), "no backend or another one is required");
    assertThat(provider().availability().available())
        .as(provider().availability().detail())
        .isTrue();
    try (Influence influence =
        Influence.builder().layers(LayerSpec.linear("layer", 1, 1)).build()) {
      assertThat(influence.backend().name()).isEqualTo(required);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void describesItself(Precision precision) {
    try (Session session = open(precision, 1)) {
      BackendDescription description = session.backend().description();
      assertThat(description.name()).isEqualTo(provider().name());
      assertThat(description.device()).isNotBlank();
      assertThat(description.library()).isNotBlank();
      assertThat(description.threads()).isEqualTo(1);
      assertThat(description.precision())
          .isEqualTo(provider().name().equals("reference") ? Precision.F64 : precision);
    }
  }

  // --------------------------------------------------------------------------------------- tensors

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

  // ----------------------------------------------------------------------------- non-finite
  // numbers

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

  // ------------------------------------------------------------------------------------
  // covariances

  private static int[] blockOffsets(int dimension, int blocks) {
    int count = Math.max(1, Math.min(blocks, dimension));
    return IntStream.rangeClosed(0, count).map(b -> dimension * b / count).toArray();
  }

  private static double[] covariances(Session session, List<TestExamples> batches, int blocks) {
    TestExamples first = batches.get(0);
    CovarianceAccumulator a = session.covariance(blockOffsets(first.inputs(), blocks));
    CovarianceAccumulator s = session.covariance(blockOffsets(first.outputs(), blocks));
    for (TestExamples batch : batches) {
      ExampleRows rows = batch.rows();
      session
          .backend()
          .accumulateCovariances(
              List.of(
                  new CovarianceUpdate(rows.activations(), a),
                  new CovarianceUpdate(rows.gradients(), s)));
    }
    return Stream.of(a, s)
        .flatMap(c -> IntStream.range(0, c.blockOffsets().length - 1).mapToObj(c::sum))
        .flatMapToDouble(Arrays::stream)
        .toArray();
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
    try (Session session = open(precision);
        Session oracle = reference()) {
      double[] actual = covariances(session, List.of(examples, examples), blocks);
      double[] expected = covariances(oracle, List.of(examples.plain(), examples.plain()), blocks);
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

  // -------------------------------------------------------------------------- eigendecompositions

  private static List<Matrix> symmetricMatrices() {
    Random random = SeededRandom.at("eigen");
    List<Matrix> out = new ArrayList<>();
    for (int n : new int[] {1, 2, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 130}) {
      Matrix x = Matrix.gaussian(random, n, n + 3);
      out.add(x.times(x.transposed()));
    }
    Matrix thin = Matrix.gaussian(random, 33, 5);
    out.add(thin.times(thin.transposed()));
    out.add(Matrix.zeros(1, 1));
    out.add(Matrix.zeros(17, 17));
    out.add(Matrix.identity(16));
    out.add(Matrix.diagonal(3, 1, 3, 2, 1, 0, 3));
    out.add(new Matrix(8, 8, filled(64, 1)));
    Matrix g = Matrix.gaussian(random, 15, 15);
    out.add(g.plus(g.transposed()));
    out.add(g.times(g.transposed()).times(1e-200));
    out.add(g.times(g.transposed()).times(1e+150));
    Matrix graded = Matrix.diagonal(1e-12, 1e-9, 1e-6, 1e-3, 1);
    Matrix q = Matrix.orthonormal(random, 5);
    Matrix full = q.times(graded).times(q.transposed());
    out.add(full.plus(full.transposed()).times(0.5));
    return out;
  }

  private static double[] filled(int count, double value) {
    double[] out = new double[count];
    Arrays.fill(out, value);
    return out;
  }

  /**
   * Backward stability in float64: {@code ‖C − QΛQᵀ‖ ≤ 50·n·u·‖C‖}, and Q as orthogonal; Jacobi
   * makes about ten sweeps of n rotations, each off by a few u.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void eigendecomposes(Precision precision) {
    List<Matrix> matrices = symmetricMatrices();
    try (Session session = open(precision);
        Session oracle = reference()) {
      List<double[]> inputs = matrices.stream().map(m -> m.values().clone()).toList();
      List<SymmetricEigen> results = session.backend().eigendecompose(inputs);
      List<SymmetricEigen> expected = oracle.backend().eigendecompose(inputs);
      assertThat(results).hasSameSizeAs(matrices);
      for (int i = 0; i < matrices.size(); i++) {
        Matrix c = matrices.get(i);
        SymmetricEigen eigen = results.get(i);
        int n = c.rows();
        String what = "matrix %d of dimension %d".formatted(i, n);
        double bound = 50 * n * 0x1p-53;
        assertThat(inputs.get(i)).as(what + " unchanged").containsExactly(c.values());
        assertThat(eigen.dimension()).as(what).isEqualTo(n);
        assertThat(eigen.values()).as(what).hasSize(n).isSorted();
        Matrix q = new Matrix(n, n, eigen.vectors());
        Matrix product = q.times(Matrix.diagonal(eigen.values())).times(q.transposed());
        double norm = scaledNorm(c);
        assertThat(scaledNorm(product.minus(c))).as(what).isLessThanOrEqualTo(bound * norm);
        assertThat(q.transposed().times(q).minus(Matrix.identity(n)).norm())
            .as(what + " orthogonality")
            .isLessThanOrEqualTo(bound);
        double[] theirs = expected.get(i).values();
        assertEachNear(what + " eigenvalues", eigen.values(), theirs, k -> 2 * bound * norm);
      }
    }
  }

  /** Frobenius norm without underflow or overflow of the squares. */
  private static double scaledNorm(Matrix m) {
    double largest = Arrays.stream(m.values()).map(Math::abs).max().orElse(0);
    return largest == 0 ? 0 : m.times(1 / largest).norm() * largest;
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void eigendecompositionsDependOnTheMatrixAlone(Precision precision) {
    List<double[]> inputs = symmetricMatrices().stream().map(Matrix::values).toList();
    try (Session session = open(precision, 3);
        Session single = open(precision, 1)) {
      List<SymmetricEigen> together = session.backend().eigendecompose(inputs);
      for (int i = 0; i < inputs.size(); i++) {
        SymmetricEigen alone = single.backend().eigendecompose(List.of(inputs.get(i))).get(0);
        assertSameBits("values of " + i, together.get(i).values(), alone.values());
        assertSameBits("vectors of " + i, together.get(i).vectors(), alone.vectors());
      }
      assertThat(session.backend().eigendecompose(List.of())).isEmpty();
    }
  }

  // ------------------------------------------------------------------------------ squared
  // gradients

  /** Both forms for all examples, and each for some. */
  private static int[] thresholds(LayerProblem problem) {
    int[] offsets = problem.examples().offsets();
    return new int[] {0, (offsets[1] + 1) / 2 + 1, ALWAYS};
  }

  private static double[] squares(Session session, LayerProblem problem, int below) {
    BackendTensor sum =
        session.keep(session.backend().accumulator(problem.outputs(), problem.inputs()));
    session
        .backend()
        .accumulateSquares(problem.examples().rows(), problem.rotation(session), below, sum);
    return sum.toDoubles();
  }

  private static LayerProblem plain(LayerProblem problem) {
    return problem.with(problem.examples().plain());
  }

  /** An error of δ in a gradient of size s is one of 2sδ in its square. */
  @ParameterizedTest
  @MethodSource("problems")
  void accumulatesSquares(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    double scale =
        IntStream.range(0, examples.count()).mapToDouble(examples::scale).map(s -> 2 * s * s).sum();
    try (Session session = open(precision);
        Session oracle = reference()) {
      double[] expected = squares(oracle, plain(problem), 0);
      for (int below : thresholds(problem)) {
        double[] actual = squares(session, problem, below);
        assertNear("below " + below, actual, expected, scale * tolerance(session, problem));
      }
    }
  }

  private static double[][] selfScores(Session session, LayerProblem problem, int below) {
    List<BackendTensor> weights =
        List.of(
            problem.weights(session),
            session.upload(filled(problem.size(), 1), problem.outputs(), problem.inputs()),
            session.upload(new double[problem.size()], problem.outputs(), problem.inputs()));
    return session
        .backend()
        .weightedSquares(problem.examples().rows(), problem.rotation(session), below, weights);
  }

  @ParameterizedTest
  @MethodSource("problems")
  void weighsSquares(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    double largest = Arrays.stream(problem.weights()).max().orElseThrow();
    try (Session session = open(precision);
        Session oracle = reference()) {
      double tolerance = tolerance(session, problem);
      double[][] expected = selfScores(oracle, plain(problem), 0);
      for (int below : thresholds(problem)) {
        double[][] actual = selfScores(session, problem, below);
        for (int d = 0; d < 2; d++) {
          double factor = 2 * tolerance * (d == 0 ? largest : 1);
          assertEachNear(
              "weights " + d + " below " + below,
              actual[d],
              expected[d],
              e -> factor * examples.scale(e) * examples.scale(e));
        }
        assertSameBits("no weight", actual[2], new double[examples.count()]);
        assertThat(actual).hasNumberOfRows(3);
      }
    }
  }

  // --------------------------------------------------------------------------------------- queries

  private static double[] gradients(
      Session session, LayerProblem problem, int[] targets, int slots, int below) {
    BackendTensor sum =
        session.keep(session.backend().zeros(slots, problem.outputs(), problem.inputs()));
    ExampleRows rows = problem.examples().rows();
    session.backend().accumulateGradients(rows, problem.rotation(session), below, targets, sum);
    return sum.toDoubles();
  }

  /** Some examples are left out, some share a target, one target stays empty. */
  private static int[] targets(int examples) {
    int[] cycle = {2, -1, 0, 2, 0};
    return IntStream.range(0, examples).map(e -> cycle[e % cycle.length]).toArray();
  }

  @ParameterizedTest
  @MethodSource("problems")
  void accumulatesGradients(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int[] targets = targets(examples.count());
    double scale = IntStream.range(0, examples.count()).mapToDouble(examples::scale).sum();
    try (Session session = open(precision);
        Session oracle = reference()) {
      double[] expected = gradients(oracle, plain(problem), targets, 3, 0);
      for (int below : thresholds(problem)) {
        double[] actual = gradients(session, problem, targets, 3, below);
        assertNear("below " + below, actual, expected, scale * tolerance(session, problem));
        double[] untouched = Arrays.copyOfRange(actual, problem.size(), 2 * problem.size());
        assertSameBits("nobody's target", untouched, new double[problem.size()]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("problems")
  void preconditions(Precision precision, LayerProblem problem) {
    try (Session session = open(precision);
        Session oracle = reference()) {
      QueryFactors.Dense rotated = problem.dense(session);
      double[] before = rotated.values().toDoubles();
      QueryFactors.Dense actual = precondition(session, problem, rotated.values());
      QueryFactors.Dense expected = precondition(oracle, problem, problem.dense(oracle).values());
      double[] v = expected.values().toDoubles();
      assertThat(actual.queries()).isEqualTo(LayerProblem.QUERIES);
      assertThat(actual.values().shape()).isEqualTo(rotated.values().shape());
      double bound = norm(v) * tolerance(session, problem.inputs(), problem.outputs());
      assertNear("V", actual.values().toDoubles(), v, bound);
      assertSameBits("argument", rotated.values().toDoubles(), before);
    }
  }

  private static QueryFactors.Dense precondition(
      Session session, LayerProblem problem, BackendTensor rotated) {
    ComputeBackend backend = session.backend();
    return session.keep(
        backend.precondition(rotated, problem.weights(session), problem.rotation(session)));
  }

  // --------------------------------------------------------------------------------------- scores

  @ParameterizedTest
  @MethodSource("problems")
  void scores(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int n = examples.count();
    try (Session session = open(precision);
        Session oracle = reference()) {
      double tolerance = tolerance(session, problem);
      ExampleRows plain = examples.plain().rows();
      double[] dense = oracle.backend().score(plain, problem.dense(oracle), 0);
      double[] low = oracle.backend().score(plain, problem.lowRank(oracle), 0);
      for (int below : thresholds(problem)) {
        assertEachNear(
            "dense, without gradient below " + below,
            session.backend().score(examples.rows(), problem.dense(session), below),
            dense,
            i -> tolerance * problem.query(i / n).norm() * examples.scale(i % n));
        assertEachNear(
            "low rank, without gradient below " + below,
            session.backend().score(examples.rows(), problem.lowRank(session), below),
            low,
            i -> tolerance * factorNorms(problem, i / n) * examples.scale(i % n));
      }
    }
  }

  /** {@code ‖left‖·‖right‖}, which rounding errors of their product are relative to. */
  private static double factorNorms(LayerProblem problem, int query) {
    int p = problem.outputs() * LayerProblem.RANK;
    int m = problem.inputs() * LayerProblem.RANK;
    return norm(Arrays.copyOfRange(problem.left(), query * p, (query + 1) * p))
        * norm(Arrays.copyOfRange(problem.right(), query * m, (query + 1) * m));
  }

  @ParameterizedTest
  @MethodSource("problems")
  void scoresRows(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int rows = examples.rowCount();
    IntToDoubleFunction scale =
        i -> examples.gradients().norm(i % rows) * examples.activations().norm(i % rows);
    try (Session session = open(precision);
        Session oracle = reference()) {
      double tolerance = tolerance(session, problem);
      ExampleRows plain = examples.plain().rows();
      assertEachNear(
          "dense",
          session.backend().scoreRows(examples.rows(), problem.dense(session)),
          oracle.backend().scoreRows(plain, problem.dense(oracle)),
          i -> tolerance * problem.query(i / rows).norm() * scale.applyAsDouble(i));
      assertEachNear(
          "low rank",
          session.backend().scoreRows(examples.rows(), problem.lowRank(session)),
          oracle.backend().scoreRows(plain, problem.lowRank(oracle)),
          i -> tolerance * factorNorms(problem, i / rows) * scale.applyAsDouble(i));
    }
  }

  // --------------------------------------------------------------------------------- truncated
  // queries

  static Stream<Arguments> truncations() {
    return problems()
        .filter(
            arguments -> {
              LayerProblem problem = (LayerProblem) arguments.get()[1];
              return Math.min(problem.outputs(), problem.inputs()) > 1;
            });
  }

  private static QueryFactors.LowRank truncate(
      Session session, LayerProblem problem, double[] rotated, Truncation truncation) {
    int queries = rotated.length / problem.size();
    BackendTensor tensor = session.upload(rotated, queries, problem.outputs(), problem.inputs());
    ComputeBackend backend = session.backend();
    return session.keep(
        backend.preconditionLowRank(
            tensor, problem.weights(session), problem.rotation(session), truncation));
  }

  private static Matrix product(QueryFactors.LowRank factors, int query) {
    return factor(factors.left(), query).times(factor(factors.right(), query).transposed());
  }

  private static Matrix factor(BackendTensor tensor, int query) {
    int rows = (int) tensor.shape()[1];
    int rank = (int) tensor.shape()[2];
    int size = rows * rank;
    double[] values = tensor.toDoubles();
    return new Matrix(rows, rank, Arrays.copyOfRange(values, query * size, (query + 1) * size));
  }

  private static double truncationTolerance(Session session, LayerProblem problem) {
    return 10 * tolerance(session, problem.inputs(), problem.outputs());
  }

  /**
   * P13. The residual reported is the true one; a full decomposition has the least there is (Eckart
   * and Young 1936); ten more columns and two power iterations bring a randomised one within a
   * tenth of it even where singular values do not decay, as here.
   */
  @ParameterizedTest
  @MethodSource("truncations")
  void truncatesQueries(Precision precision, LayerProblem problem) {
    int rank = Math.max(1, Math.min(problem.outputs(), problem.inputs()) / 3);
    try (Session session = open(precision);
        Session oracle = reference()) {
      double tolerance = truncationTolerance(session, problem);
      double[] exact =
          precondition(oracle, problem, problem.dense(oracle).values()).values().toDoubles();
      double[] least =
          truncate(oracle, problem, problem.queries(), new Truncation(rank, false, 0)).residuals();
      for (boolean randomised : new boolean[] {false, true}) {
        QueryFactors.LowRank actual =
            truncate(session, problem, problem.queries(), new Truncation(rank, randomised, 7));
        assertThat(actual.queries()).isEqualTo(LayerProblem.QUERIES);
        assertThat(actual.left().shape())
            .containsExactly(LayerProblem.QUERIES, problem.outputs(), rank);
        assertThat(actual.right().shape())
            .containsExactly(LayerProblem.QUERIES, problem.inputs(), rank);
        for (int q = 0; q < LayerProblem.QUERIES; q++) {
          int first = q * problem.size();
          Matrix v =
              new Matrix(
                  problem.outputs(),
                  problem.inputs(),
                  Arrays.copyOfRange(exact, first, first + problem.size()));
          double residual = v.minus(product(actual, q)).norm() / v.norm();
          double slack = randomised ? 0.1 * least[q] : 0;
          assertThat(actual.residuals()[q]).isBetween(residual - tolerance, residual + tolerance);
          assertThat(residual).isBetween(least[q] - tolerance, least[q] + tolerance + slack);
        }
      }
    }
  }

  /** A query of rank 2 kept at rank 2 or 3 loses nothing, and one of zeros stays zero. */
  @ParameterizedTest
  @MethodSource("truncations")
  void truncatesQueriesOfLowRankExactly(Precision precision, LayerProblem problem) {
    int rank = Math.min(3, Math.min(problem.outputs(), problem.inputs()) - 1);
    Matrix query = rank == 1 ? problem.rowQuery() : problem.lowRankQuery(0);
    double[] rotated = Arrays.copyOf(query.values(), 2 * problem.size());
    LayerProblem equal = problem.withWeights(filled(problem.size(), 2));
    Matrix q = problem.gradientBasis();
    Matrix v = q.times(query.times(2)).times(problem.activationBasis().transposed());
    try (Session session = open(precision)) {
      double tolerance = truncationTolerance(session, problem);
      for (boolean randomised : new boolean[] {false, true}) {
        QueryFactors.LowRank actual =
            truncate(session, equal, rotated, new Truncation(rank, randomised, 7));
        assertThat(actual.residuals()[0]).isBetween(0.0, tolerance);
        assertThat(product(actual, 0).minus(v).norm()).isLessThanOrEqualTo(tolerance * v.norm());
        assertThat(actual.residuals()[1]).isZero();
        assertThat(product(actual, 1).norm()).isZero();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void truncationDependsOnTheQueryAndTheSeedAlone(Precision precision) {
    LayerProblem problem = LayerProblem.of(200, 33, 40, true, 1, 1, 1);
    try (Session session = open(precision, 3);
        Session single = open(precision, 1)) {
      for (boolean randomised : new boolean[] {false, true}) {
        Truncation truncation = new Truncation(4, randomised, 11);
        QueryFactors.LowRank all = truncate(session, problem, problem.queries(), truncation);
        for (int q = 0; q < LayerProblem.QUERIES; q++) {
          QueryFactors.LowRank alone =
              truncate(single, problem, problem.query(q).values(), truncation);
          String what = "query " + q + " randomised " + randomised;
          assertSameBits(what, factor(all.left(), q).values(), alone.left().toDoubles());
          assertSameBits(what, factor(all.right(), q).values(), alone.right().toDoubles());
          assertThat(all.residuals()[q]).as(what).isEqualTo(alone.residuals()[0]);
        }
      }
      Truncation other = new Truncation(4, true, 12);
      assertThat(truncate(session, problem, problem.queries(), other).left().toDoubles())
          .as("another seed")
          .isNotEqualTo(
              truncate(session, problem, problem.queries(), new Truncation(4, true, 11))
                  .left()
                  .toDoubles());
    }
  }

  // ------------------------------------------------------------------------------- bit for bit
  // (P11)

  static Stream<Arguments> bitwiseProblems() {
    List<LayerProblem> problems =
        List.of(
            LayerProblem.of(300, 33, 64, true, 13, 40, 1),
            LayerProblem.of(301, 10, 64, true, 70, 1, 1),
            LayerProblem.of(302, 17, 31, false, 9, 12, 3),
            LayerProblem.of(303, 16, 16, true, 20, 5, 0),
            LayerProblem.of(304, 100, 7, true, 6, 33, 1),
            LayerProblem.of(305, 3, 5, true, 600, 3, 2));
    return Stream.of(Precision.values())
        .flatMap(precision -> problems.stream().map(p -> Arguments.of(precision, p)));
  }

  /** Every operation on examples, its results in an order that no cut into batches changes. */
  private static double[] everything(Session session, LayerProblem problem, int batch) {
    List<TestExamples> batches = problem.examples().batches(batch);
    return Stream.of(
            covariances(session, batches, problem.activationBlocks().size()),
            sums(session, problem, batches),
            perExample(session, problem, batches),
            perRow(session, problem, batches))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static int between(LayerProblem problem) {
    return thresholds(problem)[1];
  }

  private static double[] sums(Session session, LayerProblem problem, List<TestExamples> batches) {
    ComputeBackend backend = session.backend();
    Rotation rotation = problem.rotation(session);
    BackendTensor squares = session.keep(backend.accumulator(problem.outputs(), problem.inputs()));
    BackendTensor gradients = session.keep(backend.zeros(3, problem.outputs(), problem.inputs()));
    int[] targets = targets(problem.examples().count());
    int first = 0;
    for (TestExamples batch : batches) {
      int[] own = Arrays.copyOfRange(targets, first, first + batch.count());
      first += batch.count();
      backend.accumulateSquares(batch.rows(), rotation, between(problem), squares);
      backend.accumulateGradients(batch.rows(), rotation, between(problem), own, gradients);
    }
    return Stream.of(squares, gradients)
        .map(BackendTensor::toDoubles)
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  /** [8, examples]: two weights of self-scores, dense scores, scores of low rank. */
  private static double[] perExample(
      Session session, LayerProblem problem, List<TestExamples> batches) {
    int all = batches.stream().mapToInt(TestExamples::count).sum();
    double[] out = new double[(3 + 2 * LayerProblem.QUERIES) * all];
    int first = 0;
    for (TestExamples batch : batches) {
      LayerProblem part = problem.with(batch);
      int below = between(problem);
      ExampleRows rows = batch.rows();
      List<double[]> results = new ArrayList<>(List.of(selfScores(session, part, below)));
      results.add(session.backend().score(rows, problem.dense(session), below));
      results.add(session.backend().score(rows, problem.lowRank(session), below));
      double[] joined = results.stream().flatMapToDouble(Arrays::stream).toArray();
      scatter(joined, batch.count(), out, all, first);
      first += batch.count();
    }
    return out;
  }

  /** [6, rows]: dense row scores, row scores of low rank. */
  private static double[] perRow(
      Session session, LayerProblem problem, List<TestExamples> batches) {
    int all = batches.stream().mapToInt(TestExamples::rowCount).sum();
    double[] out = new double[2 * LayerProblem.QUERIES * all];
    int first = 0;
    for (TestExamples batch : batches) {
      ExampleRows rows = batch.rows();
      double[] joined =
          Stream.of(problem.dense(session), problem.lowRank(session))
              .map(queries -> session.backend().scoreRows(rows, queries))
              .flatMapToDouble(Arrays::stream)
              .toArray();
      scatter(joined, batch.rowCount(), out, all, first);
      first += batch.rowCount();
    }
    return out;
  }

  /** Puts [lines, count] into columns {@code first} and on of [lines, all]. */
  private static void scatter(double[] part, int count, double[] out, int all, int first) {
    for (int line = 0; line < part.length / count; line++) {
      System.arraycopy(part, line * count, out, line * all + first, count);
    }
  }

  @ParameterizedTest
  @MethodSource("bitwiseProblems")
  void batchesAndThreadsDoNotChangeABit(Precision precision, LayerProblem problem) {
    int all = problem.examples().count();
    double[] expected;
    try (Session single = open(precision, 1)) {
      expected = everything(single, problem, all);
    }
    // One example at a time where there are few; many are cut about fifty times: what 600 are there
    // for is cuts between the
    // backend's own blocks of examples, and 600 batches of one take ten times as long on emulated
    // kernels.
    int least = all / 50 | 1;
    int[][] threadsAndBatches = {
      {1, least}, {3, least}, {2, 2 * least}, {3, 5 * least}, {2, all}, {3, all}
    };
    for (int[] pair : threadsAndBatches) {
      try (Session session = open(precision, pair[0])) {
        double[] actual = everything(session, problem, pair[1]);
        assertSameBits("threads " + pair[0] + ", batches of " + pair[1], actual, expected);
      }
    }
  }

  /** Packed or padded, in an array or a buffer: the same numbers give the same bits. */
  @ParameterizedTest
  @MethodSource("bitwiseProblems")
  void storageDoesNotChangeABit(Precision precision, LayerProblem problem) {
    // How rows are stored is the same question for the first as for the last of many.
    TestExamples examples = problem.examples().first(70);
    ElementType forActivations = examples.activations().form().type();
    ElementType forGradients = examples.gradients().form().type();
    try (Session session = open(precision)) {
      double[] expected = everything(session, problem.with(examples), examples.count());
      for (Storage storage : Storage.values()) {
        for (Layout layout : Layout.values()) {
          TestExamples same =
              examples.as(
                  new Form(forActivations, storage, layout),
                  new Form(forGradients, storage, layout));
          double[] actual = everything(session, problem.with(same), examples.count());
          assertSameBits(storage + " " + layout, actual, expected);
        }
      }
    }
  }

  /** P17: whatever stands beside an example, and wherever it stands, it has the same scores. */
  @ParameterizedTest
  @MethodSource("bitwiseProblems")
  void duplicatesHaveTheSameScores(Precision precision, LayerProblem problem) {
    TestExamples examples = problem.examples();
    int n = examples.count();
    int[] twice = IntStream.range(0, 2 * n).map(i -> i < n ? i : 2 * n - 1 - i).toArray();
    try (Session session = open(precision)) {
      double[] scores = perExample(session, problem, List.of(examples.select(twice)));
      double[] once = perExample(session, problem, List.of(examples));
      for (int i = 0; i < scores.length; i++) {
        int line = i / (2 * n);
        assertThat(scores[i]).isEqualTo(once[line * n + twice[i % (2 * n)]]);
      }
    }
  }

  /** P11, partitions: a query has the same scores whatever others are served beside it. */
  @ParameterizedTest
  @MethodSource("bitwiseProblems")
  void queriesDoNotDependOnEachOther(Precision precision, LayerProblem problem) {
    ExampleRows rows = problem.examples().rows();
    int below = between(problem);
    try (Session session = open(precision)) {
      ComputeBackend backend = session.backend();
      QueryFactors.Dense all = problem.dense(session);
      double[] v = precondition(session, problem, all.values()).values().toDoubles();
      double[] scores = backend.score(rows, all, below);
      double[] rowScores = backend.scoreRows(rows, all);
      for (int q = 0; q < LayerProblem.QUERIES; q++) {
        BackendTensor values =
            session.upload(problem.query(q).values(), 1, problem.outputs(), problem.inputs());
        QueryFactors.Dense alone = new QueryFactors.Dense(values);
        double[] own = precondition(session, problem, values).values().toDoubles();
        assertSameBits("V " + q, line(v, q), own);
        assertSameBits("score " + q, line(scores, q), backend.score(rows, alone, below));
        assertSameBits("row score " + q, line(rowScores, q), backend.scoreRows(rows, alone));
      }
    }
  }

  private static double[] line(double[] values, int query) {
    int length = values.length / LayerProblem.QUERIES;
    return Arrays.copyOfRange(values, query * length, (query + 1) * length);
  }

  // ---------------------------------------------------------------------------------- nothing to
  // do

  /** Masks may leave an example without rows: its gradient is zero. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void examplesWithoutRowsHaveNoGradient(Precision precision) {
    LayerProblem some = LayerProblem.of(400, 7, 9, true, 2, 3, 1);
    TestExamples kept = some.examples();
    int[] offsets = kept.offsets();
    int[] padded = {0, 0, offsets[1], offsets[1], offsets[2], offsets[2]};
    TestExamples examples = new TestExamples(kept.activations(), kept.gradients(), padded);
    try (Session session = open(precision)) {
      for (int below : new int[] {0, ALWAYS}) {
        assertSameBits(
            "squares", squares(session, some.with(examples), below), squares(session, some, below));
        double[][] self = selfScores(session, some.with(examples), below);
        double[][] expected = selfScores(session, some, below);
        assertThat(self[0]).containsExactly(0, expected[0][0], 0, expected[0][1], 0);
        double[] scores = session.backend().score(examples.rows(), some.dense(session), below);
        double[] low = session.backend().score(examples.rows(), some.lowRank(session), below);
        for (int q = 0; q < LayerProblem.QUERIES; q++) {
          for (int e = 0; e < 5; e += 2) {
            assertThat(scores[q * 5 + e]).isZero();
            assertThat(low[q * 5 + e]).isZero();
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void batchesWithoutRowsChangeNothing(Precision precision) {
    LayerProblem problem = LayerProblem.of(401, 7, 9, true, 2, 3, 1);
    TestExamples empty =
        new TestExamples(
            problem.examples().activations().select(),
            problem.examples().gradients().select(),
            new int[] {0, 0, 0});
    LayerProblem nothing = problem.with(empty);
    try (Session session = open(precision)) {
      assertThat(covariances(session, List.of(empty), 2)).containsOnly(0);
      assertThat(squares(session, nothing, 2)).containsOnly(0);
      assertThat(selfScores(session, nothing, 2)[0]).containsExactly(0, 0);
      assertThat(gradients(session, nothing, new int[] {0, -1}, 1, 2)).containsOnly(0);
      assertThat(session.backend().score(empty.rows(), problem.dense(session), 2))
          .hasSize(2 * LayerProblem.QUERIES)
          .containsOnly(0);
      assertThat(session.backend().scoreRows(empty.rows(), problem.dense(session))).isEmpty();
      assertThat(session.backend().scoreRows(empty.rows(), problem.lowRank(session))).isEmpty();
    }
  }

  // -------------------------------------------------------------------------------------- life
  // cycle

  private static void assertClosed(ThrowingCallable use) {
    assertThatThrownBy(use)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("already closed");
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void closedTensorsAreRefused(Precision precision) {
    LayerProblem problem = LayerProblem.of(500, 4, 3, true, 2, 2, 1);
    ExampleRows rows = problem.examples().rows();
    try (Session session = open(precision)) {
      ComputeBackend backend = session.backend();
      BackendTensor tensor = backend.zeros(4, 4);
      tensor.close();
      assertThatCode(tensor::close).doesNotThrowAnyException();
      assertClosed(tensor::toDoubles);
      assertClosed(() -> backend.concatenate(List.of(tensor)));
      Rotation rotation = problem.rotation(session);
      BackendTensor sum = backend.accumulator(4, 4);
      sum.close();
      assertClosed(() -> backend.accumulateSquares(rows, rotation, 2, sum));
      CovarianceAccumulator accumulator = backend.covariance(0, 4);
      accumulator.close();
      assertThatCode(accumulator::close).doesNotThrowAnyException();
      assertClosed(() -> accumulator.sum(0));
      CovarianceUpdate update = new CovarianceUpdate(rows.activations(), accumulator);
      assertClosed(() -> backend.accumulateCovariances(List.of(update)));
      QueryFactors.Dense dense = problem.dense(session);
      QueryFactors.LowRank low = problem.lowRank(session);
      for (QueryFactors factors : List.of(dense, low)) {
        factors.close();
        assertThatCode(factors::close).doesNotThrowAnyException();
        assertClosed(() -> backend.score(rows, factors, 2));
        assertClosed(() -> backend.scoreRows(rows, factors));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void closedBackendsRefuseEverything(Precision precision) {
    LayerProblem problem = LayerProblem.of(501, 4, 3, true, 2, 2, 1);
    ExampleRows rows = problem.examples().rows();
    try (Session session = open(precision)) {
      ComputeBackend backend = session.backend();
      Rotation rotation = problem.rotation(session);
      BackendTensor weights = problem.weights(session);
      QueryFactors.Dense queries = problem.dense(session);
      CovarianceUpdate update = new CovarianceUpdate(rows.activations(), session.covariance(0, 4));
      Truncation truncation = new Truncation(2, false, 0);
      int[] targets = {0, 1};
      backend.close();
      assertThatCode(backend::close).doesNotThrowAnyException();
      assertThat(backend.description().name()).isEqualTo(provider().name());
      assertClosed(() -> backend.zeros(1));
      assertClosed(() -> backend.accumulator(1));
      assertClosed(() -> backend.upload(TensorView.of(new double[1], 1)));
      assertClosed(() -> backend.concatenate(List.of(weights)));
      assertClosed(() -> backend.magnitudes(rows.activations()));
      assertClosed(() -> backend.covariance(0, 1));
      assertClosed(() -> backend.accumulateCovariances(List.of(update)));
      assertClosed(() -> backend.eigendecompose(List.of(new double[1])));
      assertClosed(() -> backend.accumulateSquares(rows, rotation, 2, weights));
      assertClosed(() -> backend.weightedSquares(rows, rotation, 2, List.of(weights)));
      assertClosed(() -> backend.accumulateGradients(rows, rotation, 2, targets, queries.values()));
      assertClosed(() -> backend.precondition(queries.values(), weights, rotation));
      assertClosed(
          () -> backend.preconditionLowRank(queries.values(), weights, rotation, truncation));
      assertClosed(() -> backend.score(rows, queries, 2));
      assertClosed(() -> backend.scoreRows(rows, queries));
    }
  }

  /** A tensor of another backend must give an exception, not a crash. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void tensorsOfOthersAreRefused(Precision precision) {
    BackendTensor foreign =
        new BackendTensor() {
          @Override
          public long[] shape() {
            return new long[] {4, 4};
          }

          @Override
          public double[] toDoubles() {
            return new double[16];
          }

          @Override
          public void close() {}
        };
    try (Session session = open(precision)) {
      assertThatThrownBy(() -> session.backend().concatenate(List.of(foreign)))
          .isInstanceOfAny(ClassCastException.class, IllegalArgumentException.class);
    }
  }
}
