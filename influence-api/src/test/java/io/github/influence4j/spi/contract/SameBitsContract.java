/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import static io.github.influence4j.spi.contract.Operations.between;
import static io.github.influence4j.spi.contract.Operations.covariances;
import static io.github.influence4j.spi.contract.Operations.gradients;
import static io.github.influence4j.spi.contract.Operations.precondition;
import static io.github.influence4j.spi.contract.Operations.selfScores;
import static io.github.influence4j.spi.contract.Operations.squares;
import static io.github.influence4j.spi.contract.Operations.targets;
import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** P11 and P17: what is computed for an example depends on nothing that stands beside it. */
@Tag("bits")
abstract class SameBitsContract extends BackendContract {
  SameBitsContract(BackendProvider backends) {
    super(backends);
  }

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
    // One example at a time where there are few. Of 600, which are there for cuts between the
    // backend's own blocks of examples, 600 batches would take ten times as long.
    int least = all / 50 | 1;
    int[][] threadsAndBatches = {{1, least}, {2, 2 * least}, {3, 5 * least}, {3, all}};
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
      // Each storage with one layout on either side; which one, depends on the problem.
      Layout[] layouts = Layout.values();
      int number = problem.outputs();
      for (Storage storage : Storage.values()) {
        Layout first = layouts[number % layouts.length];
        Layout second = layouts[++number % layouts.length];
        TestExamples same =
            examples.as(
                new Form(forActivations, storage, first), new Form(forGradients, storage, second));
        double[] actual = everything(session, problem.with(same), examples.count());
        assertSameBits(storage + " " + first + " " + second, actual, expected);
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
}
