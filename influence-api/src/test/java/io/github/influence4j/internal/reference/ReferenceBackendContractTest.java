/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.reference;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.SymmetricEigen;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.contract.BackendContractTest;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestRows;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * The reference backend keeps the contract, and on a tiny layer it equals explicit dense algebra on
 * matrices [PM, PM]: with vec row by row, {@code vec(Q_Sᵀ g Q_A) = (Q_S ⊗ Q_A)ᵀ vec(g)}. This is
 * the first link of the chain that other backends hang on.
 */
public class ReferenceBackendContractTest extends BackendContractTest {
  private static final int OUTPUTS = 3;
  private static final int INPUTS = 5;
  private static final int SIZE = OUTPUTS * INPUTS;
  private static final double TOLERANCE = 1e-12;

  private final Random random = SeededRandom.at("explicit");
  private final TestExamples examples = examples();
  private final Matrix qs =
      Matrix.blockDiagonal(List.of(Matrix.orthonormal(random, 1), Matrix.orthonormal(random, 2)));
  private final Matrix qa = Matrix.orthonormal(random, INPUTS);
  private final Matrix q = qs.kronecker(qa);
  private final Matrix weights = new Matrix(SIZE, 1, random.doubles(SIZE, 0.1, 3).toArray());

  @Override
  protected BackendProvider provider() {
    return new ReferenceBackendProvider();
  }

  private TestExamples examples() {
    int[] offsets = {0, 4, 5, 8, 10};
    return new TestExamples(
        TestRows.gaussian(random, 10, INPUTS - 1, true, TestRows.Form.PLAIN),
        TestRows.gaussian(random, 10, OUTPUTS, false, TestRows.Form.PLAIN),
        offsets);
  }

  private Session session() {
    return new Session(new ReferenceBackend());
  }

  private Rotation rotation(Session session) {
    Matrix first = new Matrix(1, 1, new double[] {qs.get(0, 0)});
    double[] rest = {qs.get(1, 1), qs.get(1, 2), qs.get(2, 1), qs.get(2, 2)};
    List<Matrix> blocks = List.of(first, new Matrix(2, 2, rest));
    return session.rotation(OUTPUTS, blocks, INPUTS, List.of(qa));
  }

  private Matrix vec(int example) {
    return Matrix.column(examples.gradient(example).values());
  }

  private static void assertNear(double[] actual, Matrix expected) {
    double distance = new Matrix(actual.length, 1, actual).minus(asColumn(expected)).norm();
    assertThat(distance).isLessThanOrEqualTo(TOLERANCE * expected.norm());
  }

  private static Matrix asColumn(Matrix m) {
    return Matrix.column(m.values());
  }

  @Test
  void covarianceIsTheSumOfOuterProducts() {
    Matrix expected = Matrix.zeros(INPUTS, INPUTS);
    for (int r = 0; r < examples.rowCount(); r++) {
      Matrix x = Matrix.column(examples.activations().row(r));
      expected = expected.plus(x.times(x.transposed()));
    }
    try (Session session = session()) {
      CovarianceAccumulator full = session.covariance(0, INPUTS);
      CovarianceAccumulator blocks = session.covariance(0, 2, INPUTS);
      ExampleRows rows = examples.rows();
      session
          .backend()
          .accumulateCovariances(
              List.of(
                  new CovarianceUpdate(rows.activations(), full),
                  new CovarianceUpdate(rows.activations(), blocks)));
      assertNear(full.sum(0), expected);
      for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++) {
          assertThat(blocks.sum(1)[i * 3 + j]).isEqualTo(full.sum(0)[(i + 2) * INPUTS + j + 2]);
        }
      }
    }
  }

  @Test
  void squaresAreTheDiagonalOfTheRotatedFisher() {
    Matrix fisher = Matrix.zeros(SIZE, SIZE);
    for (int e = 0; e < examples.count(); e++) {
      fisher = fisher.plus(vec(e).times(vec(e).transposed()));
    }
    Matrix rotated = q.transposed().times(fisher).times(q);
    double[] diagonal = new double[SIZE];
    Arrays.setAll(diagonal, i -> rotated.get(i, i));
    try (Session session = session()) {
      BackendTensor sum = session.keep(session.backend().accumulator(OUTPUTS, INPUTS));
      session.backend().accumulateSquares(examples.rows(), rotation(session), 3, sum);
      assertNear(sum.toDoubles(), Matrix.column(diagonal));
    }
  }

  @Test
  void weightedSquaresAreQuadraticForms() {
    Matrix form = q.times(Matrix.diagonal(weights.values())).times(q.transposed());
    double[] expected = new double[examples.count()];
    Arrays.setAll(expected, e -> vec(e).transposed().times(form).times(vec(e)).get(0, 0));
    try (Session session = session()) {
      BackendTensor uploaded = session.upload(weights.values(), OUTPUTS, INPUTS);
      double[][] actual =
          session
              .backend()
              .weightedSquares(examples.rows(), rotation(session), 3, List.of(uploaded));
      assertNear(actual[0], Matrix.column(expected));
    }
  }

  @Test
  void gradientsAreRotatedAndSummed() {
    Matrix expected = q.transposed().times(vec(0).plus(vec(2)));
    try (Session session = session()) {
      BackendTensor sum = session.keep(session.backend().zeros(1, OUTPUTS, INPUTS));
      int[] targets = {0, -1, 0, -1};
      session.backend().accumulateGradients(examples.rows(), rotation(session), 3, targets, sum);
      assertNear(sum.toDoubles(), expected);
    }
  }

  /** P5: with reciprocals for weights, what a dense solve gives. */
  @Test
  void preconditioningSolvesTheDampedSystem() {
    double[] reciprocals = Arrays.stream(weights.values()).map(w -> 1 / (w + 0.25)).toArray();
    Matrix hessian = q.times(Matrix.diagonal(weights.values())).times(q.transposed());
    Matrix damped = hessian.plus(Matrix.identity(SIZE).times(0.25));
    Matrix expected = damped.solve(vec(1));
    try (Session session = session()) {
      Matrix rotated = q.transposed().times(vec(1));
      QueryFactors.Dense actual =
          session.keep(
              session
                  .backend()
                  .precondition(
                      session.upload(rotated.values(), 1, OUTPUTS, INPUTS),
                      session.upload(reciprocals, OUTPUTS, INPUTS),
                      rotation(session)));
      assertNear(actual.values().toDoubles(), expected);
    }
  }

  /** With singular values 4, 2, 1 a truncation to rank 1 loses √5 of √21. */
  @Test
  void truncationKeepsTheLargestSingularValues() {
    Matrix u = Matrix.orthonormal(random, OUTPUTS);
    Matrix v = Matrix.orthonormal(random, INPUTS);
    Matrix sigma = Matrix.zeros(OUTPUTS, INPUTS);
    sigma.set(0, 0, 2);
    sigma.set(1, 1, 4);
    sigma.set(2, 2, 1);
    Matrix first = Matrix.zeros(OUTPUTS, INPUTS);
    first.set(1, 1, 4);
    Matrix query = u.times(sigma).times(v.transposed());
    Matrix kept = qs.times(u).times(first).times(v.transposed()).times(qa.transposed());
    double[] ones = new double[SIZE];
    Arrays.fill(ones, 1);
    for (boolean randomised : new boolean[] {false, true}) {
      try (Session session = session()) {
        QueryFactors.LowRank actual =
            session.keep(
                session
                    .backend()
                    .preconditionLowRank(
                        session.upload(query.values(), 1, OUTPUTS, INPUTS),
                        session.upload(ones, OUTPUTS, INPUTS),
                        rotation(session),
                        new Truncation(1, randomised, 5)));
        Matrix left = new Matrix(OUTPUTS, 1, actual.left().toDoubles());
        Matrix right = new Matrix(INPUTS, 1, actual.right().toDoubles());
        assertNear(left.times(right.transposed()).values(), kept);
        assertThat(Math.abs(actual.residuals()[0] - Math.sqrt(5.0 / 21))).isLessThan(TOLERANCE);
      }
    }
  }

  @Test
  void scoresAreInnerProductsAndSumsOverRows() {
    Matrix query = Matrix.gaussian(random, OUTPUTS, INPUTS);
    double[] expected = new double[examples.count()];
    double[] rowExpected = new double[examples.rowCount()];
    Arrays.setAll(expected, e -> query.dot(examples.gradient(e)));
    Arrays.setAll(rowExpected, r -> query.dot(examples.rowGradient(r)));
    try (Session session = session()) {
      QueryFactors.Dense dense =
          new QueryFactors.Dense(session.upload(query.values(), 1, OUTPUTS, INPUTS));
      QueryFactors.LowRank full =
          new QueryFactors.LowRank(
              session.upload(query.values(), 1, OUTPUTS, INPUTS),
              session.upload(Matrix.identity(INPUTS).values(), 1, INPUTS, INPUTS),
              new double[1]);
      for (QueryFactors factors : List.of(dense, full)) {
        double[] scores = session.backend().score(examples.rows(), factors, 3);
        assertNear(scores, Matrix.column(expected));
        double[] rows = session.backend().scoreRows(examples.rows(), factors);
        assertNear(rows, Matrix.column(rowExpected));
      }
    }
  }

  @Test
  void eigenvaluesOfAKnownSpectrumAreFound() {
    Matrix basis = Matrix.orthonormal(random, 6);
    Matrix c = basis.times(Matrix.diagonal(0, 5, -2, 1e-6, 5, 3)).times(basis.transposed());
    Matrix symmetric = c.plus(c.transposed()).times(0.5);
    try (Session session = session()) {
      SymmetricEigen eigen = session.backend().eigendecompose(List.of(symmetric.values())).get(0);
      assertNear(eigen.values(), Matrix.column(-2, 0, 1e-6, 3, 5, 5));
    }
  }
}
