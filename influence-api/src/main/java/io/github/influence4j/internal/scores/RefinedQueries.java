/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.internal.planning.CostModel;
import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.range.Exponents;
import io.github.influence4j.internal.range.Headroom;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.QueryRefinement;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.spi.QueryFactors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The queries of a run as a refinement preconditions them: made once, handed out pass by pass. */
final class RefinedQueries {
  private final ScoringSetup setup;

  /** First weight of each layer. */
  private final int[] offsets;

  /** [dampings][queries][weights]. */
  private final List<double[][]> vectors = new ArrayList<>();

  private RefinedQueries(ScoringSetup setup) {
    this.setup = setup;
    List<LayerCost> costs = setup.costs();
    this.offsets = new int[costs.size()];
    for (int i = 1; i < offsets.length; i++) {
      offsets[i] = Math.toIntExact(offsets[i - 1] + QueryVectors.weights(costs.get(i - 1)));
    }
  }

  static RefinedQueries of(
      ScoringSetup setup,
      GradientSource queries,
      ScoreOptions options,
      QueryRefinement refinement) {
    RefinedQueries refined = new RefinedQueries(setup);
    try (QueryVectors gradients = new QueryVectors(setup, options)) {
      queries.replay(gradients);
      double[][] vectors = gradients.finish();
      for (Damping damping : options.dampings()) {
        setup.control().checkCancelled(Stage.PRECONDITION);
        double[][] some = refinement.refine(setup.curvature(), damping, vectors);
        requireFits(some, vectors);
        refined.vectors.add(some);
      }
      setup.control().report(Stage.PRECONDITION, 0, vectors.length);
    }
    return refined;
  }

  private static void requireFits(double[][] refined, double[][] gradients) {
    for (int q = 0; q < gradients.length; q++) {
      boolean fits = refined.length == gradients.length && refined[q].length == gradients[q].length;
      if (!fits || !Arrays.stream(refined[q]).allMatch(Double::isFinite)) {
        throw new IllegalArgumentException(
            "The refinement gave no finite vector of "
                + gradients[q].length
                + " weights for query "
                + q
                + "; expected one for each of the "
                + gradients.length
                + " queries.");
      }
    }
  }

  /** All queries. */
  int total() {
    return vectors.get(0).length;
  }

  /** The queries of a pass; for the caller to close. */
  PreparedQueries prepare(ScoringPass pass) {
    int count = Math.min(pass.plan().queriesPerPass(), total() - pass.firstQuery());
    PreparedQueries prepared = new PreparedQueries(pass, count, total(), new ArrayList<>());
    try {
      for (int layer : pass.block()) {
        LayerCost cost = pass.plan().layers().get(layer);
        int weights = cost.model().outputs() * cost.model().inputs();
        for (int g = 0; g < cost.groups(); g++) {
          int first = offsets[layer] + g * weights;
          prepared.parts().add(upload(cost.model(), first, pass.firstQuery(), count));
        }
      }
    } catch (RuntimeException | Error failure) {
      prepared.close();
      throw failure;
    }
    return prepared;
  }

  private ScaledQueries upload(CostModel model, int first, int firstQuery, int count) {
    int weights = model.outputs() * model.inputs();
    int most = Headroom.of(setup.backend().description().precision()).row();
    int factors = vectors.size() * count;
    double[] values = new double[Math.multiplyExact(factors, weights)];
    int[] exponents = new int[factors];
    for (int f = 0; f < factors; f++) {
      double[] vector = vectors.get(f / count)[firstQuery + f % count];
      double[] part = Arrays.copyOfRange(vector, first, first + weights);
      int exponent = Exponents.ofLargest(part);
      exponents[f] = Math.abs(exponent) <= most || exponent == Exponents.OF_ZERO ? 0 : exponent;
      System.arraycopy(Exponents.scale(part, -exponents[f]), 0, values, f * weights, weights);
    }
    TensorView host = TensorView.of(values, factors, model.outputs(), model.inputs());
    return new ScaledQueries(new QueryFactors.Dense(setup.backend().upload(host)), exponents);
  }
}
