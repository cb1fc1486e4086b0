/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.lifetimes.Watched;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.ScoringMemory;
import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Truncation;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The queries of a pass in one group of a layer: preconditioned batch by batch, or summed first and
 * preconditioned at the end.
 */
final class PartQueries implements AutoCloseable {
  private final ScoringPass pass;
  private final ComputeBackend backend;
  private final LoadedPart part;

  /** By damping: what the batches gave. */
  private final List<List<ScaledQueries>> chunks = new ArrayList<>();

  /** Of all queries, where they are aggregated. */
  private final @Nullable QuerySum sum;

  PartQueries(ScoringPass pass, LoadedPart part) {
    this.pass = pass;
    this.backend = pass.backend();
    this.part = part;
    pass.options().dampings().forEach(damping -> chunks.add(new ArrayList<>()));
    this.sum = pass.options().aggregateQueries() ? new QuerySum(backend, part) : null;
  }

  /**
   * Takes some queries of a batch.
   *
   * @param targets the place of each example among those to take, or -1
   * @param taken how many to take
   */
  void add(ExampleRows rows, int[] targets, int taken) {
    if (sum != null) {
      sum.add(rows);
      return;
    }
    CostModel model = part.layer().model();
    int most = pass.plan().gradientsAtOnce(part.layer());
    for (int from = 0; from < taken; from += most) {
      int count = Math.min(most, taken - from);
      ExampleRows some = count == targets.length ? rows : pick(rows, targets, from, count);
      ScaledExamples scaled = ScaledExamples.each(backend, some);
      int[] places = IntStream.range(0, count).toArray();
      try (BackendTensor rotated = backend.zeros(count, model.outputs(), model.inputs())) {
        backend.accumulateGradients(
            scaled.rows(), part.rotation(), part.rotateRowsBelow(), places, rotated);
        precondition(rotated, IntStream.of(places).map(scaled::exponent).toArray());
      }
    }
  }

  /** The examples with targets {@code from} to {@code from + count}. */
  private static ExampleRows pick(ExampleRows rows, int[] targets, int from, int count) {
    int[] examples =
        IntStream.range(0, targets.length)
            .filter(e -> targets[e] >= from && targets[e] - from < count)
            .toArray();
    return ExampleSelection.view(rows, examples);
  }

  /** Of rotated gradients that are divided by powers of two. */
  private void precondition(BackendTensor rotated, int[] exponents) {
    Truncation truncation =
        ScoringMemory.truncation(pass.options().lowRank(), pass.plan().rank(part.layer()));
    for (int d = 0; d < chunks.size(); d++) {
      int more = part.exponents()[d];
      QueryFactors factors = precondition(rotated, part.weights().get(d), truncation);
      chunks
          .get(d)
          .add(new ScaledQueries(factors, IntStream.of(exponents).map(e -> e + more).toArray()));
    }
  }

  private QueryFactors precondition(
      BackendTensor rotated, BackendTensor weights, @Nullable Truncation truncation) {
    try {
      return Watched.run(
          pass.control(),
          Stage.PRECONDITION,
          cost(rotated, truncation),
          () ->
              truncation == null
                  ? backend.precondition(rotated, weights, part.rotation())
                  : backend.preconditionLowRank(rotated, weights, part.rotation(), truncation),
          QueryFactors::close);
    } catch (ArithmeticException failure) {
      ArithmeticException named =
          new ArithmeticException(
              "Layer \"" + part.layer().layer() + "\": " + failure.getMessage());
      named.initCause(failure);
      throw named;
    }
  }

  /** About how many arithmetic operations preconditioning takes. */
  private static double cost(BackendTensor rotated, @Nullable Truncation truncation) {
    double outputs = rotated.shape()[1];
    double inputs = rotated.shape()[2];
    double columns =
        truncation == null
            ? outputs + inputs
            : truncation.randomised() ? 8.0 * truncation.rank() : 10 * Math.min(outputs, inputs);
    return 2 * rotated.shape()[0] * outputs * inputs * columns;
  }

  /** All of them, as query factors; for the caller to close. */
  ScaledQueries finish() {
    if (sum != null) {
      precondition(sum.finish(), new int[] {sum.exponent()});
    }
    ScaledQueries joined =
        ScaledQueries.join(backend, chunks.stream().flatMap(List::stream).toList());
    chunks.forEach(List::clear);
    return joined;
  }

  @Override
  public void close() {
    if (sum != null) {
      sum.close();
    }
    chunks.stream().flatMap(List::stream).forEach(ScaledQueries::close);
  }
}
