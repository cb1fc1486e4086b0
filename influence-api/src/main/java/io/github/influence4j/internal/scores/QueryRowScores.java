/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.range.ScaledExamples;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Scores of the rows of queries. They swap the roles of query and training example, which leaves
 * the score as it is, for the inverse Hessian is symmetric: {@code I_u = ds_uᵀ (G+λI)⁻¹g_m a_u}.
 */
final class QueryRowScores {
  private final ScoringPass pass;
  private final ComputeBackend backend;
  private final List<LoadedPart> curvature;
  private final List<QueryRows.Batch> queries;
  private final QueryGrid<SecondLook> looks;

  QueryRowScores(
      ScoringPass pass,
      List<LoadedPart> curvature,
      List<QueryRows.Batch> queries,
      QueryGrid<SecondLook> looks) {
    this.pass = pass;
    this.backend = pass.backend();
    this.curvature = curvature;
    this.queries = queries;
    this.looks = looks;
  }

  /** Adds the scores for some training examples, whose numbers are given. */
  void add(List<ExampleRows> rows, long[] examples) {
    for (int p = 0; p < rows.size(); p++) {
      pass.control().checkCancelled(Stage.RESCORE);
      // Both the gradients and what becomes of them.
      int most = Math.max(1, pass.plan().gradientsAtOnce(curvature.get(p).layer()) / 2);
      for (int from = 0; from < examples.length; from += most) {
        int last = Math.min(examples.length, from + most);
        int[] some = IntStream.range(from, last).toArray();
        ExampleRows part = ExampleSelection.view(rows.get(p), some);
        add(p, part, Arrays.copyOfRange(examples, from, last));
      }
    }
  }

  private void add(int index, ExampleRows rows, long[] examples) {
    LoadedPart part = curvature.get(index);
    int[] targets = IntStream.range(0, examples.length).toArray();
    ScaledExamples scaled = ScaledExamples.each(backend, rows);
    try (BackendTensor rotated = backend.zeros(examples.length, rows.outputs(), rows.inputs())) {
      backend.accumulateGradients(
          scaled.rows(), part.rotation(), part.rotateRowsBelow(), targets, rotated);
      for (int d = 0; d < pass.dampings(); d++) {
        int more = part.exponents()[d];
        int[] exponents = IntStream.of(targets).map(e -> scaled.exponent(e) + more).toArray();
        QueryFactors factors =
            backend.precondition(rotated, part.weights().get(d), part.rotation());
        try (ScaledQueries swapped = new ScaledQueries(factors, exponents)) {
          add(index, swapped, d, examples);
        }
      }
    }
  }

  private void add(int index, ScaledQueries swapped, int damping, long[] examples) {
    String layer = curvature.get(index).layer().layer();
    for (QueryRows.Batch batch : queries) {
      ScaledExamples rows = batch.parts().get(index);
      double[] values = backend.scoreRows(rows.rows(), swapped.factors());
      ScoreUnits.scale(layer, values, swapped, rows);
      ScoreMatrix scores = new ScoreMatrix(values, rows.rows().activations().rows());
      int[] offsets = rows.rows().offsets();
      for (int q = 0; q < batch.queries(); q++) {
        SecondLook look = looks.get(damping, batch.first() + q);
        for (int e = 0; e < examples.length; e++) {
          if (look.wants(examples[e])) {
            look.addRows(examples[e], scores.slice(e, offsets[q], offsets[q + 1]));
          }
        }
      }
    }
  }
}
