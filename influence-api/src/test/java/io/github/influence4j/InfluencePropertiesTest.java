/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.scoring.Hit;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.scoring.TrainingGroups;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.testing.DenseInfluence;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The mathematical properties P1 to P13, P15 and P17 of the method, through {@link Influence}, on
 * one backend in both precisions. Tolerances are those of the method, relative to the norm of what
 * is compared unless said otherwise.
 *
 * <pre>{@code
 * public class CpuInfluencePropertiesTest extends InfluencePropertiesTest {
 *   protected BackendProvider provider() { return new CpuBackendProvider(); }
 * }
 * }</pre>
 */
public abstract class InfluencePropertiesTest {
  private static final Damping HEURISTIC = Damping.HEURISTIC;

  /** Dense enough for explicit matrices; T* of the first layer lies between its lengths. */
  private static final List<LayerSpec> SMALL =
      List.of(
          LayerSpec.linear("fc1", 6, 5),
          LayerSpec.linear("fc2", 4, 3).withoutBias(),
          LayerSpec.linear("fc3", 3, 4));

  /** With rests after every vector width, in layers of very different memory. */
  private static final List<LayerSpec> WIDE =
      List.of(
          LayerSpec.linear("wide", 33, 31),
          LayerSpec.linear("narrow", 7, 17).withoutBias(),
          LayerSpec.linear("bottleneck", 15, 4),
          LayerSpec.linear("head", 16, 1));

  /** Kept, for loggers are collected as garbage. */
  private static final Logger LOGGER = Logger.getLogger(Influence.class.getName());

  /** One line a backend is right for programs, not for hundreds of tests. */
  @BeforeAll
  static void beQuiet() {
    LOGGER.setLevel(Level.WARNING);
  }

  /**
   * The backend under test.
   *
   * @return its provider, found by the service loader too
   */
  protected abstract BackendProvider provider();

  @BeforeEach
  void skipWhereUnavailable() {
    assumeTrue(provider().availability().available(), provider().availability().detail());
  }

  static Stream<CurvatureStrategy> strategies() {
    return Stream.of(
        CurvatureStrategy.IDENTITY,
        CurvatureStrategy.DIAGONAL,
        CurvatureStrategy.KFAC,
        CurvatureStrategy.EKFAC,
        CurvatureStrategy.blockDiagonalEkfac(2),
        CurvatureStrategy.blockDiagonalEkfac(3));
  }

  static Stream<Arguments> strategiesInBothPrecisions() {
    return strategies()
        .flatMap(s -> Stream.of(Precision.values()).map(precision -> Arguments.of(precision, s)));
  }

  static Stream<Arguments> curvedStrategies() {
    return strategiesInBothPrecisions()
        .filter(arguments -> arguments.get()[1] != CurvatureStrategy.IDENTITY);
  }

  static Stream<Arguments> correctedStrategies() {
    return curvedStrategies().filter(arguments -> arguments.get()[1] != CurvatureStrategy.KFAC);
  }

  // ----------------------------------------------------------------------------------------
  // running

  private Influence.Builder builder(Precision precision, List<LayerSpec> layers) {
    return Influence.builder()
        .layers(layers)
        .backend(provider().name())
        .precision(precision)
        .threads(2);
  }

  private Influence open(Precision precision, CurvatureStrategy strategy, List<LayerSpec> layers) {
    return builder(precision, layers).strategy(strategy).build();
  }

  private static double tolerance(Precision precision, double f64, double f32) {
    return precision == Precision.F64 ? f64 : f32;
  }

  private static TestModel small(String name, int examples) {
    return TestModel.random(SeededRandom.at(name), examples, 7, SMALL);
  }

  private static GradientSource all(TestModel model) {
    return model.source(model.count());
  }

  /** Fits and scores in one go. */
  private double[][] scores(
      Precision precision,
      CurvatureStrategy strategy,
      TestModel train,
      TestModel queries,
      ScoreOptions options) {
    try (Influence influence = open(precision, strategy, train.layers())) {
      FittedCurvature curvature = influence.fit(all(train));
      return influence.score(curvature, all(queries), all(train), options).toMatrix();
    }
  }

  private static Matrix matrix(double[][] rows) {
    double[] flat = Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    return new Matrix(rows.length, flat.length / rows.length, flat);
  }

  private static Matrix matrix(TensorView tensor) {
    return new Matrix((int) tensor.size(0), (int) tensor.size(1), tensor.toDoubles());
  }

  private static void assertNear(String what, Matrix actual, Matrix expected, double tolerance) {
    assertThat(actual.minus(expected).norm())
        .as(what)
        .isLessThanOrEqualTo(tolerance * expected.norm());
  }

  private static void assertSameBits(String what, double[] actual, double[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(Double.doubleToRawLongBits(actual[i]))
          .as("%s, element %d: %s instead of %s", what, i, actual[i], expected[i])
          .isEqualTo(Double.doubleToRawLongBits(expected[i]));
    }
  }

  /** Q_S ⊗ Q_A of a fitted layer. */
  private static Matrix basis(FittedCurvature curvature, String layer) {
    var part = curvature.factors(layer).parts().get(0);
    return eigenvectors(part.gradients()).kronecker(eigenvectors(part.activations()));
  }

  private static Matrix eigenvectors(List<FactorBlock> blocks) {
    return Matrix.blockDiagonal(
        blocks.stream().map(block -> matrix(block.eigenvectors())).toList());
  }

  /** QΛQᵀ of a fitted layer. */
  private static Matrix hessian(FittedCurvature curvature, String layer) {
    Matrix q = basis(curvature, layer);
    return q.times(Matrix.diagonal(curvature.eigenvalues(layer))).times(q.transposed());
  }

  // ----------------------------------------------------------------------------------------------
  // P1

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p1CovariancesAreSumsOfOuterProductsHoweverTheyAreCut(Precision precision) {
    TestModel model = TestModel.random(SeededRandom.at("p1"), 23, 9, WIDE);
    int[] shuffled = IntStream.range(0, 23).map(i -> i * 7 % 23).toArray();
    double tolerance = tolerance(precision, 1e-12, 1e-5);
    for (int batch : new int[] {1, 4, 23}) {
      for (TestModel order : List.of(model, model.select(shuffled))) {
        try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
          FittedCurvature curvature = influence.fit(order.source(batch));
          for (int i = 0; i < WIDE.size(); i++) {
            TestExamples data = model.data().get(i);
            var factors = curvature.factors(WIDE.get(i).name());
            assertThat(factors.rows()).isEqualTo(data.rowCount());
            FactorBlock a = factors.parts().get(0).activations().get(0);
            FactorBlock s = factors.parts().get(0).gradients().get(0);
            double n = data.rowCount();
            Matrix naiveA = DenseInfluence.covariance(data.activations(), 1).times(n);
            Matrix naiveS = DenseInfluence.covariance(data.gradients(), 1).times(n);
            assertNear("A", matrix(a.covariance()), naiveA, tolerance);
            assertNear("S", matrix(s.covariance()), naiveS, tolerance);
          }
        }
      }
    }
  }

  // ---------------------------------------------------------------------------------------- P2 to
  // P4

  @ParameterizedTest
  @MethodSource("correctedStrategies")
  void p2EigenvaluesSumToTheMeanSquaredGradient(Precision precision, CurvatureStrategy strategy) {
    TestModel model = TestModel.random(SeededRandom.at("p2"), 12, 20, WIDE);
    try (Influence influence = open(precision, strategy, WIDE)) {
      FittedCurvature curvature = influence.fit(all(model));
      for (int i = 0; i < WIDE.size(); i++) {
        TestExamples data = model.data().get(i);
        double expected = 0;
        for (int e = 0; e < data.count(); e++) {
          Matrix g = data.gradient(e);
          expected += g.dot(g) / data.count();
        }
        double sum = Arrays.stream(curvature.eigenvalues(WIDE.get(i).name())).sum();
        assertThat(sum / expected).isCloseTo(1, within(tolerance(precision, 1e-12, 1e-5)));
      }
    }
  }

  /** The examples lie on both sides of T*, so that both forms are taken. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p3EigenvaluesAreMeanSquaresInTheEigenbasis(Precision precision) {
    TestModel model = TestModel.random(SeededRandom.at("p3"), 12, 20, SMALL);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(model));
      for (int i = 0; i < SMALL.size(); i++) {
        TestExamples data = model.data().get(i);
        Matrix q = basis(curvature, SMALL.get(i).name());
        Matrix expected = Matrix.zeros(q.rows(), 1);
        for (int e = 0; e < data.count(); e++) {
          Matrix rotated = q.transposed().times(Matrix.column(data.gradient(e).values()));
          expected = expected.plus(rotated.hadamard(rotated).times(1.0 / data.count()));
        }
        Matrix actual = Matrix.column(curvature.eigenvalues(SMALL.get(i).name()));
        assertNear("Λ", actual, expected, tolerance(precision, 1e-12, 1e-5));
      }
    }
  }

  /** The best multiple of A⊗S is c = ⟨F, A⊗S⟩ / ‖A⊗S‖². */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p4CorrectedEigenvaluesAreCloserToTheFisher(Precision precision) {
    TestModel model = small("p4", 15);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(model));
      for (int i = 0; i < SMALL.size(); i++) {
        TestExamples data = model.data().get(i);
        Matrix fisher = DenseInfluence.fisher(data);
        Matrix kronecker =
            DenseInfluence.covariance(data.gradients(), 1)
                .kronecker(DenseInfluence.covariance(data.activations(), 1));
        double c = fisher.dot(kronecker) / kronecker.dot(kronecker);
        double uncorrected = fisher.minus(kronecker.times(c)).norm();
        double corrected = fisher.minus(hessian(curvature, SMALL.get(i).name())).norm();
        double slack = tolerance(precision, 1e-12, 1e-5) * fisher.norm();
        assertThat(corrected).isLessThanOrEqualTo(uncorrected + slack);
      }
    }
  }

  // --------------------------------------------------------------------------------------- P5 and
  // P15

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p5InverseVectorProductsSolveTheDenseSystem(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p5 train", 15);
    TestModel query = small("p5 query", 2);
    double tolerance = tolerance(precision, 1e-10, 1e-4);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      for (Damping damping : List.of(HEURISTIC, Damping.relative(2), Damping.absolute(0.5))) {
        for (int i = 0; i < SMALL.size(); i++) {
          String layer = SMALL.get(i).name();
          Matrix vector = query.data().get(i).gradient(1);
          Matrix expected =
              DenseInfluence.fit(train.data().get(i), strategy).solve(vector, strategy, damping);
          double[] actual = curvature.inverseVectorProduct(layer, vector.values(), damping);
          assertNear(layer + " " + damping, Matrix.column(actual), expected, tolerance);
        }
      }
    }
  }

  /** P5 and P15, end to end: scores equal gᵀ(G+λI)⁻¹g by dense solves, block-diagonal or not. */
  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p15ScoresEqualExplicitAlgebra(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p15 train", 15);
    TestModel queries = small("p15 queries", 4);
    double tolerance = tolerance(precision, 1e-10, 1e-4);
    Damping[] dampings = {HEURISTIC, Damping.absolute(0.5)};
    ScoreOptions options = ScoreOptions.pairwise().withDampings(dampings).withPerLayer(true);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores scores = influence.score(curvature, all(queries), all(train), options);
      for (Damping damping : dampings) {
        InfluenceScores actual = scores.forDamping(damping);
        Matrix total = Matrix.zeros(4, 15);
        for (int i = 0; i < SMALL.size(); i++) {
          TestExamples data = train.data().get(i);
          Matrix expected =
              matrix(DenseInfluence.scores(data, queries.data().get(i), data, strategy, damping));
          assertNear("layer " + i, layer(actual, SMALL.get(i)), expected, tolerance);
          total = total.plus(expected);
        }
        assertNear("total", matrix(actual.toMatrix()), total, tolerance);
      }
    }
  }

  private static Matrix layer(InfluenceScores scores, LayerSpec layer) {
    double[][] rows = new double[scores.queries()][];
    Arrays.setAll(rows, q -> scores.layerScores(layer.name(), q));
    return matrix(rows);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p15OneBlockIsTheFullFactorisation(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p15 one"), 9, 5, WIDE);
    ScoreOptions options = ScoreOptions.pairwise();
    CurvatureStrategy one = CurvatureStrategy.blockDiagonalEkfac(1);
    double[][] blocks = scores(precision, one, train, train, options);
    double[][] full = scores(precision, CurvatureStrategy.EKFAC, train, train, options);
    assertSameBits("O=1", matrix(blocks).values(), matrix(full).values());
  }

  // ----------------------------------------------------------------------------------------------
  // P6

  /** Of one row, F = (ds⊗a)(ds⊗a)ᵀ = S⊗A. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p6OneExampleIsExact(Precision precision) {
    TestModel one = small("p6 one", 2).select(1);
    for (CurvatureStrategy strategy : List.of(CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, SMALL)) {
        FittedCurvature curvature = influence.fit(all(one));
        for (int i = 0; i < SMALL.size(); i++) {
          Matrix actual = hessian(curvature, SMALL.get(i).name());
          Matrix expected = DenseInfluence.fisher(one.data().get(i));
          assertNear(strategy.toString(), actual, expected, tolerance(precision, 1e-10, 1e-5));
        }
      }
    }
  }

  /**
   * A linear net f = W₃W₂W₁x with ½‖f−y‖²: the Gauss-Newton block of W₂ is BᵀB ⊗ E[aaᵀ], B = W₃
   * (Bernacchia et al. 2018). Labels f ± √o·e_k for each output k have exactly the moments of N(f,
   * I) up to the second, so they give the true Fisher without sampling noise. The block is made
   * here from the Jacobian of f, one unit vector a weight.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p6DeepLinearNetsAreExact(Precision precision) {
    Random random = SeededRandom.at("p6 deep");
    Matrix w1 = Matrix.gaussian(random, 4, 6);
    Matrix w3 = Matrix.gaussian(random, 3, 5);
    LayerSpec layer = LayerSpec.linear("w2", 4, 5).withoutBias();
    int inputs = 7;
    List<double[]> activations = new ArrayList<>();
    List<double[]> gradients = new ArrayList<>();
    Matrix gaussNewton = Matrix.zeros(20, 20);
    for (int n = 0; n < inputs; n++) {
      Matrix a = w1.times(Matrix.gaussian(random, 6, 1));
      Matrix jacobian = Matrix.zeros(3, 20);
      for (int k = 0; k < 20; k++) {
        Matrix unit = Matrix.zeros(5, 4);
        unit.values()[k] = 1;
        Matrix derivative = w3.times(unit.times(a));
        for (int o = 0; o < 3; o++) {
          jacobian.set(o, k, derivative.get(o, 0));
        }
      }
      gaussNewton = gaussNewton.plus(jacobian.transposed().times(jacobian).times(1.0 / inputs));
      for (int o = 0; o < 6; o++) {
        Matrix error = Matrix.zeros(3, 1);
        error.set(o / 2, 0, o % 2 == 0 ? Math.sqrt(3) : -Math.sqrt(3));
        activations.add(a.values());
        gradients.add(w3.transposed().times(error).values());
      }
    }
    TestModel model = TestModel.ofRows(layer, activations, gradients);
    for (CurvatureStrategy strategy : List.of(CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      try (Influence influence = open(precision, strategy, List.of(layer))) {
        Matrix actual = hessian(influence.fit(all(model)), "w2");
        double tolerance = tolerance(precision, 1e-10, 1e-5);
        assertNear(strategy.toString(), actual, gaussNewton, tolerance);
      }
    }
  }

  // --------------------------------------------------------------------------------------- P7 and
  // P8

  /** λ(G+λI)⁻¹ = I − G/λ + …, and G is of the order of 100 here. */
  @ParameterizedTest
  @MethodSource("curvedStrategies")
  void p7LargeDampingGivesDotProducts(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p7 train", 10);
    TestModel queries = small("p7 queries", 3);
    double lambda = 1e12;
    Damping damping = Damping.absolute(lambda);
    ScoreOptions options = ScoreOptions.pairwise().withDampings(damping);
    Matrix actual = matrix(scores(precision, strategy, train, queries, options)).times(lambda);
    Matrix expected =
        matrix(
            scores(
                Precision.F64,
                CurvatureStrategy.IDENTITY,
                train,
                queries,
                ScoreOptions.pairwise()));
    assertNear("λ·score", actual, expected, tolerance(precision, 1e-8, 1e-5));
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p8ScoresOfTheTrainingSetAreAKernel(Precision precision, CurvatureStrategy strategy) {
    TestModel train = TestModel.random(SeededRandom.at("p8"), 19, 6, WIDE);
    double tolerance = tolerance(precision, 1e-12, 1e-5);
    try (Influence influence = open(precision, strategy, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions options = ScoreOptions.pairwise();
      Matrix k = matrix(influence.score(curvature, all(train), all(train), options).toMatrix());
      assertNear("symmetry", k.transposed(), k, tolerance);
      SymmetricEigen eigen = DenseInfluence.eigen(k.plus(k.transposed()).times(0.5));
      assertThat(eigen.values()[0]).isGreaterThanOrEqualTo(-tolerance * k.norm());
      double[] self =
          influence.selfInfluence(curvature, all(train), SelfInfluenceOptions.defaults()).scores();
      for (int e = 0; e < self.length; e++) {
        assertThat(self[e]).isNotNegative();
        assertThat(self[e] / k.get(e, e)).isCloseTo(1, within(10 * tolerance));
      }
    }
  }

  // -------------------------------------------------------------------------------------- P9 and
  // P10

  @ParameterizedTest
  @MethodSource("curvedStrategies")
  void p9ScalingTheLossChangesNothing(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p9 train", 15);
    TestModel queries = small("p9 queries", 4);
    ScoreOptions options = ScoreOptions.pairwise();
    Matrix before = matrix(scores(precision, strategy, train, queries, options));
    for (double factor : new double[] {0.125, 3, 1000}) {
      TestModel scaledTrain = train.scaled(factor);
      TestModel scaledQueries = queries.scaled(factor);
      Matrix after = matrix(scores(precision, strategy, scaledTrain, scaledQueries, options));
      assertNear("factor " + factor, after, before, tolerance(precision, 1e-10, 1e-4));
    }
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p9TheScoreOfSummedQueriesIsTheSumOfTheirScores(
      Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p9 sums", 15);
    TestModel queries = small("p9 sum queries", 5);
    Matrix single = matrix(scores(precision, strategy, train, queries, ScoreOptions.pairwise()));
    ScoreOptions aggregate = ScoreOptions.pairwise().withAggregatedQueries(true);
    Matrix actual = matrix(scores(precision, strategy, train, queries, aggregate));
    Matrix ones = new Matrix(1, 5, new double[] {1, 1, 1, 1, 1});
    double bound = tolerance(precision, 1e-12, 1e-5) * single.norm();
    assertThat(actual.minus(ones.times(single)).norm()).isLessThanOrEqualTo(bound);
  }

  /**
   * With separate eigenvalues the eigenbasis turns with the features. Rounding turns it by a unit
   * roundoff over the relative gap of the eigenvalues, which the tolerance for EKFAC allows for.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p10RotatingTheFeaturesChangesNothing(Precision precision) {
    Random random = SeededRandom.at("p10");
    List<LayerSpec> layers =
        List.of(
            LayerSpec.linear("inputs", 5, 4).withoutBias(),
            LayerSpec.linear("outputs", 4, 3),
            LayerSpec.linear("both", 3, 4).withoutBias());
    TestModel train = TestModel.random(random, 30, 4, layers);
    TestModel queries = TestModel.random(random, 4, 4, layers);
    List<Matrix> inputs =
        List.of(Matrix.orthonormal(random, 5), Matrix.identity(4), Matrix.orthonormal(random, 3));
    List<Matrix> outputs =
        List.of(Matrix.identity(4), Matrix.orthonormal(random, 3), Matrix.orthonormal(random, 4));
    for (CurvatureStrategy strategy :
        List.of(CurvatureStrategy.IDENTITY, CurvatureStrategy.KFAC, CurvatureStrategy.EKFAC)) {
      boolean gaps = strategy.kind() == CurvatureStrategy.Kind.EKFAC;
      double tolerance = tolerance(precision, gaps ? 1e-9 : 1e-12, gaps ? 1e-2 : 1e-4);
      ScoreOptions options = ScoreOptions.pairwise();
      Matrix before = matrix(scores(precision, strategy, train, queries, options));
      TestModel turned = train.rotated(inputs, outputs);
      TestModel turnedQueries = queries.rotated(inputs, outputs);
      Matrix after = matrix(scores(precision, strategy, turned, turnedQueries, options));
      assertNear(strategy.toString(), after, before, tolerance);
    }
  }

  // ---------------------------------------------------------------------------------------------
  // P11

  /** How a run is cut and spread. */
  private record Variant(
      String name,
      UnaryOperator<Influence.Builder> settings,
      int batch,
      boolean padded,
      int minimumPasses) {
    GradientSource source(TestModel model) {
      return padded ? model.padded(batch) : model.source(batch);
    }
  }

  private List<Variant> variants(Precision precision, CurvatureStrategy strategy) {
    int bytes;
    long work = 0;
    // So little that the backend works in its smallest pieces.
    BackendOptions small = BackendOptions.of(precision, 2).withMaxMemory(32L << 20);
    List<LayerCost> costs = new ArrayList<>();
    try (ComputeBackend backend = provider().create(small)) {
      bytes = backend.description().precision().type().bytes();
      for (LayerSpec layer : WIDE) {
        CostModel model =
            new CostModel(layer.gradientColumns(), layer.outputs(), strategy.blocks());
        costs.add(new LayerCost(layer.name(), model, 1));
        work = Math.max(work, backend.workBytes(model.inputs(), model.outputs(), null));
      }
    }
    // A dense query takes the memory of all layers, and of the largest twice while joining.
    long query = (2L * 31 * 34 + 17 * 7 + 4 * 16 + 17) * bytes;
    long fixed = work + costs.stream().mapToLong(cost -> cost.loadedBytes(1, bytes)).sum();
    long largest = work + costs.get(0).loadedBytes(1, bytes) + 2L * 31 * 34 * bytes;
    return List.of(
        new Variant("batches of 1", b -> b, 1, false, 1),
        new Variant("batches of 2", b -> b, 2, false, 1),
        new Variant("batches of 5", b -> b, 5, false, 1),
        new Variant("padded", b -> b, 100, true, 1),
        new Variant("padded batches of 3", b -> b, 3, true, 1),
        new Variant("1 thread", b -> b.threads(1), 100, false, 1),
        new Variant("3 threads", b -> b.threads(3), 4, false, 1),
        new Variant("2 queries a pass", b -> b.maxMemory(fixed + 2 * query), 100, false, 2),
        new Variant("1 query a pass", b -> b.maxMemory(fixed + query), 4, true, 4),
        new Variant("layers apart", b -> b.maxMemory(largest), 3, false, 8));
  }

  private static final Damping ONE = Damping.absolute(1);

  /** Everything a run gives, one number after the other. */
  private double[] everything(
      Precision precision, CurvatureStrategy strategy, Variant variant, boolean lowRank) {
    TestModel train = TestModel.random(SeededRandom.at("p11 train"), 13, 35, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p11 queries"), 4, 20, WIDE);
    ScoreOptions options =
        ScoreOptions.pairwise().withLowRank(lowRank ? LowRank.randomized(3) : null);
    GradientSource source = variant.source(train);
    FittedCurvature curvature;
    try (Influence influence =
        variant
            .settings()
            .apply(builder(precision, WIDE).strategy(strategy))
            .maxMemory(Long.MAX_VALUE)
            .build()) {
      curvature = influence.fit(source);
    }
    try (Influence influence =
        variant.settings().apply(builder(precision, WIDE).strategy(strategy)).build()) {
      GradientSource asked = variant.source(queries);
      InfluenceScores dense =
          influence.score(
              curvature, asked, source, options.withPerLayer(true).withPerRow(!lowRank));
      InfluenceScores top =
          influence.score(
              curvature, asked, source, ScoreOptions.topK(3).withLowRank(options.lowRank()));
      InfluenceScores grouped =
          influence.score(
              curvature,
              asked,
              source,
              options.withGroups(new TrainingGroups(2, e -> (int) (e % 3) - 1)));
      SelfInfluence self =
          influence.selfInfluence(
              curvature, source, SelfInfluenceOptions.defaults().withDampings(ONE));
      if (!lowRank) {
        assertThat(dense.trainingPasses())
            .as(variant.name() + "\n" + dense.explain())
            .isGreaterThanOrEqualTo(variant.minimumPasses());
      }
      return Stream.of(
              eigenvalues(curvature),
              numbers(dense, !lowRank),
              hits(top),
              matrix(grouped.toMatrix()).values(),
              influence.selfInfluence(curvature, source, SelfInfluenceOptions.defaults()).scores(),
              self.scores())
          .flatMapToDouble(Arrays::stream)
          .toArray();
    }
  }

  private static double[] eigenvalues(FittedCurvature curvature) {
    return WIDE.stream()
        .flatMapToDouble(layer -> Arrays.stream(curvature.eigenvalues(layer.name())))
        .toArray();
  }

  private static double[] numbers(InfluenceScores scores, boolean rows) {
    List<double[]> out = new ArrayList<>(List.of(scores.toMatrix()));
    for (int q = 0; q < scores.queries(); q++) {
      for (LayerSpec layer : WIDE) {
        out.add(scores.layerScores(layer.name(), q));
      }
      for (int e = 0; rows && e < scores.examples(); e++) {
        out.add(scores.rowScores(q, e));
      }
    }
    return out.stream().flatMapToDouble(Arrays::stream).toArray();
  }

  private static double[] hits(InfluenceScores scores) {
    return IntStream.range(0, scores.queries())
        .boxed()
        .flatMap(q -> Stream.concat(scores.proponents(q).stream(), scores.opponents(q).stream()))
        .flatMapToDouble(hit -> Stream.of((double) hit.example(), hit.score()).mapToDouble(x -> x))
        .toArray();
  }

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p11CutsThreadsAndPartitionsDoNotChangeABit(Precision precision, CurvatureStrategy strategy) {
    Variant plain = new Variant("plain", b -> b, 100, false, 1);
    boolean truncated = strategy.equals(CurvatureStrategy.EKFAC);
    for (boolean lowRank : truncated ? new boolean[] {false, true} : new boolean[] {false}) {
      double[] expected = everything(precision, strategy, plain, lowRank);
      for (Variant variant : variants(precision, strategy)) {
        double[] actual = everything(precision, strategy, variant, lowRank);
        assertSameBits(variant.name() + " low rank " + lowRank, actual, expected);
      }
    }
  }

  // ---------------------------------------------------------------------------------------------
  // P12

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p12LayersAndRowsSumToTheTotal(Precision precision, CurvatureStrategy strategy) {
    TestModel train = small("p12 train", 12);
    TestModel queries = small("p12 queries", 3);
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    double tolerance = tolerance(precision, 1e-12, 1e-5);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores rows =
          influence.score(curvature, all(queries), all(train), options.withPerRow(true));
      InfluenceScores queryRows =
          influence.score(curvature, all(queries), all(train), options.withPerQueryRow(true));
      SelfInfluenceOptions both = SelfInfluenceOptions.defaults().withPerLayer(true);
      SelfInfluence self = influence.selfInfluence(curvature, all(train), both);
      SelfInfluence ofQueries = influence.selfInfluence(curvature, all(queries), both);
      for (int q = 0; q < 3; q++) {
        for (int e = 0; e < 12; e++) {
          int query = q;
          int example = e;
          double[] layers =
              SMALL.stream()
                  .mapToDouble(layer -> rows.layerScores(layer.name(), query)[example])
                  .toArray();
          double total = rows.score(q, e);
          double scale = Math.sqrt(ofQueries.scores()[q] * self.scores()[e]);
          assertSumsTo(total, layers, tolerance, scale);
          assertThat(rows.rowScores(q, e)).hasSize(length(train, e));
          assertSumsTo(total, rows.rowScores(q, e), tolerance, scale);
          assertThat(queryRows.rowScores(q, e)).hasSize(length(queries, q));
          assertSumsTo(total, queryRows.rowScores(q, e), tolerance, scale);
        }
      }
      for (int e = 0; e < 12; e++) {
        int example = e;
        double[] layers =
            SMALL.stream().mapToDouble(l -> self.layerScores(l.name())[example]).toArray();
        assertSumsTo(self.scores()[e], layers, tolerance, self.scores()[e]);
      }
    }
  }

  private static int length(TestModel model, int example) {
    int[] offsets = model.data().get(0).offsets();
    return offsets[example + 1] - offsets[example];
  }

  /**
   * Relative to what no score exceeds, {@code |I(q,m)| <= √(I(q,q) I(m,m))}: parts that cancel
   * within a row or a layer leave rounding errors of that size.
   */
  private static void assertSumsTo(double total, double[] parts, double tolerance, double scale) {
    assertThat(Arrays.stream(parts).sum()).isCloseTo(total, within(10 * tolerance * scale));
  }

  /** Row scores are those of the row alone: its own example of one row. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p12RowScoresAreScoresOfSingleRows(Precision precision) {
    TestModel train = small("p12 rows", 8);
    TestModel queries = small("p12 row queries", 2);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions options = ScoreOptions.pairwise();
      InfluenceScores byRow =
          influence.score(curvature, all(queries), all(train), options.withPerRow(true));
      TestModel split = train.split();
      double[][] single = influence.score(curvature, all(queries), all(split), options).toMatrix();
      int row = 0;
      for (int e = 0; e < train.count(); e++) {
        for (double part : byRow.rowScores(1, e)) {
          double scale = matrix(single).norm();
          double bound = tolerance(precision, 1e-12, 1e-5) * scale;
          assertThat(part).isCloseTo(single[1][row++], within(bound));
        }
      }
    }
  }

  // ---------------------------------------------------------------------------------------------
  // P13

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13AFullRankIsExact(Precision precision) {
    TestModel train = small("p13 train", 10);
    TestModel queries = small("p13 queries", 3);
    ScoreOptions options = ScoreOptions.pairwise();
    Matrix exact = matrix(scores(precision, CurvatureStrategy.EKFAC, train, queries, options));
    for (LowRank lowRank : List.of(LowRank.full(5), LowRank.randomized(5))) {
      ScoreOptions truncated = options.withLowRank(lowRank);
      Matrix actual = matrix(scores(precision, CurvatureStrategy.EKFAC, train, queries, truncated));
      assertSameBits(lowRank.toString(), actual.values(), exact.values());
    }
  }

  /** |ΔI| ≤ Σ_layers ‖V−V_r‖‖g‖, where the residual reported is ‖V−V_r‖/‖V‖. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13TheErrorFallsWithTheRankWithinItsBound(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p13 fall"), 12, 9, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p13 fall queries"), 3, 40, WIDE);
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores exact = influence.score(curvature, all(queries), all(train), options);
      for (LowRank.Method method : LowRank.Method.values()) {
        double[] before = {1, 1, 1};
        for (int rank : new int[] {1, 2, 4, 8, 16, 24, 30}) {
          ScoreOptions truncated = options.withLowRank(new LowRank(rank, method, 3, 1));
          InfluenceScores actual = influence.score(curvature, all(queries), all(train), truncated);
          for (int q = 0; q < 3; q++) {
            double residual = actual.residual("wide", q);
            assertThat(residual).as("rank " + rank).isLessThan(before[q]).isPositive();
            before[q] = residual;
          }
          for (int i = 0; i < WIDE.size(); i++) {
            assertWithinBound(precision, norms(curvature, queries, train, i), exact, actual, i);
          }
        }
      }
    }
  }

  /** An adaptive rank keeps the residual it was asked to, and with it the bound. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13AnAdaptiveRankKeepsTheResidual(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p13 adapt"), 12, 9, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p13 adapt queries"), 3, 40, WIDE);
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores exact = influence.score(curvature, all(queries), all(train), options);
      for (double limit : new double[] {0.8, 0.4, 0.1}) {
        LowRank lowRank = LowRank.randomized(1).withMaxResidual(limit);
        InfluenceScores actual =
            influence.score(curvature, all(queries), all(train), options.withLowRank(lowRank));
        for (int i = 0; i < WIDE.size(); i++) {
          for (int q = 0; q < 3; q++) {
            assertThat(actual.residual(WIDE.get(i).name(), q)).isLessThanOrEqualTo(limit);
          }
          assertWithinBound(precision, norms(curvature, queries, train, i), exact, actual, i);
        }
      }
    }
  }

  private static void assertWithinBound(
      Precision precision, Matrix norms, InfluenceScores exact, InfluenceScores actual, int layer) {
    Matrix expected = layer(exact, WIDE.get(layer));
    Matrix truncated = layer(actual, WIDE.get(layer));
    for (int q = 0; q < norms.rows(); q++) {
      double residual = actual.residual(WIDE.get(layer).name(), q);
      double relative = residual + tolerance(precision, 1e-12, 1e-5);
      for (int e = 0; e < norms.columns(); e++) {
        double bound = relative * norms.get(q, e);
        assertThat(truncated.get(q, e)).isCloseTo(expected.get(q, e), within(bound));
      }
    }
  }

  /** ‖V_q‖·‖g_e‖ in one layer. */
  private static Matrix norms(
      FittedCurvature curvature, TestModel queries, TestModel train, int layer) {
    Matrix out = Matrix.zeros(queries.count(), train.count());
    for (int q = 0; q < out.rows(); q++) {
      double[] gradient = queries.data().get(layer).gradient(q).values();
      String name = WIDE.get(layer).name();
      double[] v = curvature.inverseVectorProduct(name, gradient, HEURISTIC);
      for (int e = 0; e < out.columns(); e++) {
        double norm = train.data().get(layer).gradient(e).norm();
        out.set(q, e, Matrix.column(v).norm() * norm);
      }
    }
    return out;
  }

  /**
   * Truncating in the eigenbasis and rotating the factors equals truncating V itself, whose best
   * approximation comes here from the eigenvectors of VᵀV.
   */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13TruncationCommutesWithRotation(Precision precision) {
    LayerSpec layer = LayerSpec.linear("layer", 6, 5);
    TestModel train = TestModel.random(SeededRandom.at("p13 train"), 20, 3, List.of(layer));
    TestModel queries = TestModel.random(SeededRandom.at("p13 query"), 1, 9, List.of(layer));
    int rank = 2;
    ScoreOptions options = ScoreOptions.pairwise().withLowRank(LowRank.full(rank));
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, List.of(layer))) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores actual = influence.score(curvature, all(queries), all(train), options);
      double[] gradient = queries.data().get(0).gradient(0).values();
      Matrix v = new Matrix(5, 7, curvature.inverseVectorProduct("layer", gradient, HEURISTIC));
      SymmetricEigen eigen = DenseInfluence.eigen(v.transposed().times(v));
      Matrix projection = Matrix.zeros(7, 7);
      for (int k = 7 - rank; k < 7; k++) {
        Matrix vector = Matrix.zeros(7, 1);
        for (int i = 0; i < 7; i++) {
          vector.set(i, 0, eigen.vectors()[i * 7 + k]);
        }
        projection = projection.plus(vector.times(vector.transposed()));
      }
      Matrix truncated = v.times(projection);
      double[] expected = new double[train.count()];
      Arrays.setAll(expected, e -> truncated.dot(train.data().get(0).gradient(e)));
      // The subspace is known up to a unit roundoff over the gap of the singular values.
      double gap = 1 - Math.sqrt(eigen.values()[4] / eigen.values()[5]);
      assumeTrue(gap > 1e-2, "singular values 2 and 3 are almost equal");
      double tolerance = tolerance(precision, 1e-12, 1e-5) / gap;
      assertNear(
          "scores", Matrix.column(actual.scores(0)), Matrix.column(expected), 10 * tolerance);
    }
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void p13HitsOfATruncatedScanAreScoredExactly(Precision precision) {
    TestModel train = TestModel.random(SeededRandom.at("p13 hits"), 40, 3, WIDE);
    TestModel queries = TestModel.random(SeededRandom.at("p13 hit queries"), 3, 20, WIDE);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions pairwise = ScoreOptions.pairwise();
      double[][] exact = influence.score(curvature, all(queries), all(train), pairwise).toMatrix();
      ScoreOptions top = ScoreOptions.topK(5).withLowRank(LowRank.randomized(8));
      InfluenceScores hits = influence.score(curvature, all(queries), all(train), top);
      for (int q = 0; q < 3; q++) {
        assertThat(hits.rankAgreement(q).orElseThrow()).isBetween(0.0, 1.0);
        // A hit whose exact score has the other sign moves to the other side.
        List<Hit> both = new ArrayList<>(hits.proponents(q));
        both.addAll(hits.opponents(q));
        assertThat(both).hasSizeBetween(5, 10);
        for (Hit hit : both) {
          assertThat(hit.score()).isEqualTo(exact[q][(int) hit.example()]);
        }
      }
    }
  }

  // --------------------------------------------------------------------------------- P17 and the
  // rest

  @ParameterizedTest
  @MethodSource("strategiesInBothPrecisions")
  void p17DuplicatesHaveTheSameScores(Precision precision, CurvatureStrategy strategy) {
    int[] numbers = {0, 1, 2, 0, 3, 4, 1, 0};
    TestModel train = TestModel.random(SeededRandom.at("p17"), 5, 12, WIDE).select(numbers);
    TestModel queries = TestModel.random(SeededRandom.at("p17 queries"), 3, 5, WIDE);
    try (Influence influence = open(precision, strategy, WIDE)) {
      FittedCurvature curvature = influence.fit(all(train));
      ScoreOptions options = ScoreOptions.pairwise();
      // Batches of 3 put the copies side by side with others and at other places.
      InfluenceScores scores = influence.score(curvature, all(queries), train.source(3), options);
      double[] self =
          influence
              .selfInfluence(curvature, train.source(3), SelfInfluenceOptions.defaults())
              .scores();
      for (int[] pair : new int[][] {{0, 3}, {0, 7}, {1, 6}}) {
        assertThat(self[pair[0]]).isEqualTo(self[pair[1]]);
        for (int q = 0; q < 3; q++) {
          assertThat(scores.score(q, pair[0])).isEqualTo(scores.score(q, pair[1]));
        }
      }
    }
  }

  /** topK keeps what sorting all scores gives. */
  @ParameterizedTest
  @EnumSource(Precision.class)
  void topKAgreesWithAllScores(Precision precision) {
    TestModel train = small("top", 40);
    TestModel queries = small("top queries", 3);
    try (Influence influence = open(precision, CurvatureStrategy.EKFAC, SMALL)) {
      FittedCurvature curvature = influence.fit(all(train));
      InfluenceScores all =
          influence.score(curvature, all(queries), all(train), ScoreOptions.pairwise());
      InfluenceScores top =
          influence.score(curvature, all(queries), train.source(7), ScoreOptions.topK(6));
      Comparator<Hit> byScore = Comparator.comparingDouble(Hit::score);
      for (int q = 0; q < 3; q++) {
        double[] scores = all.scores(q);
        List<Hit> hits =
            IntStream.range(0, 40).mapToObj(e -> new Hit(e, scores[e])).sorted(byScore).toList();
        List<Hit> highest =
            hits.stream().sorted(byScore.reversed()).filter(h -> h.score() > 0).limit(6).toList();
        List<Hit> lowest = hits.stream().filter(h -> h.score() < 0).limit(6).toList();
        assertThat(top.proponents(q)).isEqualTo(highest);
        assertThat(top.opponents(q)).isEqualTo(lowest);
      }
    }
  }

  /** A layer whose gradients were all 0 has no influence, rather than an infinite one. */
  @ParameterizedTest
  @MethodSource("curvedStrategies")
  void aLayerWithoutGradientsHasNoInfluence(Precision precision, CurvatureStrategy strategy) {
    TestModel queries = small("zero queries", 2);
    TestModel nothing = small("zero", 6).scaled(0);
    try (Influence influence = open(precision, strategy, SMALL)) {
      FittedCurvature curvature = influence.fit(all(nothing));
      double[][] scores =
          influence
              .score(curvature, all(queries), all(queries), ScoreOptions.pairwise())
              .toMatrix();
      assertThat(matrix(scores).values()).containsOnly(0);
    }
  }
}
