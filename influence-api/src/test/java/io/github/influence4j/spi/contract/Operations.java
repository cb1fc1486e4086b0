/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceAccumulator;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Operations of a backend from host numbers to host numbers, as several contracts call them. */
final class Operations {
  /** The threshold under which every example has its gradient taken row by row. */
  static final int ALWAYS = Integer.MAX_VALUE;

  private Operations() {}

  /** Both forms for all examples, and each for some. */
  static int[] thresholds(LayerProblem problem) {
    int[] offsets = problem.examples().offsets();
    return new int[] {0, (offsets[1] + 1) / 2 + 1, ALWAYS};
  }

  /** The threshold that has some examples on both sides. */
  static int between(LayerProblem problem) {
    return thresholds(problem)[1];
  }

  static double[] filled(int count, double value) {
    double[] out = new double[count];
    Arrays.fill(out, value);
    return out;
  }

  private static int[] blockOffsets(int dimension, int blocks) {
    int count = Math.max(1, Math.min(blocks, dimension));
    return IntStream.rangeClosed(0, count).map(b -> dimension * b / count).toArray();
  }

  static double[] covariances(Session session, List<TestExamples> batches, int blocks) {
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

  static double[] squares(Session session, LayerProblem problem, int below) {
    BackendTensor sum =
        session.keep(session.backend().accumulator(problem.outputs(), problem.inputs()));
    session
        .backend()
        .accumulateSquares(problem.examples().rows(), problem.rotation(session), below, sum);
    return sum.toDoubles();
  }

  static double[][] selfScores(Session session, LayerProblem problem, int below) {
    List<BackendTensor> weights =
        List.of(
            problem.weights(session),
            session.upload(filled(problem.size(), 1), problem.outputs(), problem.inputs()),
            session.upload(new double[problem.size()], problem.outputs(), problem.inputs()));
    return session
        .backend()
        .weightedSquares(problem.examples().rows(), problem.rotation(session), below, weights);
  }

  static double[] gradients(
      Session session, LayerProblem problem, int[] targets, int slots, int below) {
    BackendTensor sum =
        session.keep(session.backend().zeros(slots, problem.outputs(), problem.inputs()));
    ExampleRows rows = problem.examples().rows();
    session.backend().accumulateGradients(rows, problem.rotation(session), below, targets, sum);
    return sum.toDoubles();
  }

  /** Some examples are left out, some share a target, one target stays empty. */
  static int[] targets(int examples) {
    int[] cycle = {2, -1, 0, 2, 0};
    return IntStream.range(0, examples).map(e -> cycle[e % cycle.length]).toArray();
  }

  static QueryFactors.Dense precondition(
      Session session, LayerProblem problem, BackendTensor rotated) {
    ComputeBackend backend = session.backend();
    return session.keep(
        backend.precondition(rotated, problem.weights(session), problem.rotation(session)));
  }
}
