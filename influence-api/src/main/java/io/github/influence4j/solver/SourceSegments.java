/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.InverseFilter;
import io.github.influence4j.internal.rows.ModelLayers;
import io.github.influence4j.scoring.QueryRefinement;
import java.util.List;

/**
 * SOURCE (Bae et al. 2024, "Training Data Attribution via Approximate Unrolled Differentiation") in
 * the eigenbasis, with several segments of training. The score is a sum over segments: the query,
 * times {@code e^{−ηKσ}} of every later segment and {@code (1 − e^{−ηKσ})/σ} of its own, dotted
 * with the training gradient at the segment's checkpoint. Of one segment it is a filter: {@link
 * InverseFilter#unrolled}.
 *
 * <pre>{@code
 * SourceSegments source = SourceSegments.of(List.of(early, late));
 * for (int s = 0; s < 2; s++) {
 *   ScoreOptions options = ScoreOptions.pairwise().withDampings(decay).withRefinement(source.at(s));
 *   add(influence.score(curvatures.get(s), queriesAtTheEnd, trainAt.get(s), options));
 * }
 * }</pre>
 *
 * <p>The damping is the weight decay, as for {@link InverseFilter#unrolled}.
 */
public final class SourceSegments {
  /**
   * A part of training whose gradients and curvature change little.
   *
   * @param curvature fitted at the segment's checkpoint, or to several of them
   * @param learningRate η, the mean over its steps
   * @param steps K
   */
  public record Segment(FittedCurvature curvature, double learningRate, double steps) {
    /** Checks the numbers. */
    public Segment {
      unrolled(curvature, learningRate, steps);
    }

    private static FittedCurvature unrolled(FittedCurvature curvature, double rate, double steps) {
      return curvature.withFilter(InverseFilter.unrolled(rate, steps));
    }

    private FittedCurvature response() {
      return unrolled(curvature, learningRate, steps);
    }

    private FittedCurvature decay() {
      return curvature.withFilter(InverseFilter.decay(learningRate, steps));
    }
  }

  private final List<Segment> segments;

  private SourceSegments(List<Segment> segments) {
    this.segments = List.copyOf(segments);
  }

  /**
   * From the first segment of training to the last.
   *
   * @param segments at least one, all of the same layers
   * @return them together
   * @throws IllegalArgumentException if there are none, or of different models
   */
  public static SourceSegments of(List<Segment> segments) {
    if (segments.isEmpty()) {
      throw new IllegalArgumentException("There are no segments; give at least one.");
    }
    for (Segment segment : segments) {
      ModelLayers.requireSame(segments.get(0).curvature.layers(), segment.curvature.layers());
    }
    return new SourceSegments(segments);
  }

  /**
   * What makes a query of a segment, for pairwise scores with the training gradients at the
   * segment's checkpoint.
   *
   * @param segment its number, from 0
   * @return to be given to {@link io.github.influence4j.scoring.ScoreOptions#withRefinement}
   */
  public QueryRefinement at(int segment) {
    Segment own = segments.get(segment);
    List<Segment> later = segments.subList(segment + 1, segments.size());
    return (curvature, damping, gradients) -> {
      double[][] vectors = gradients;
      for (int s = later.size() - 1; s >= 0; s--) {
        vectors = apply(later.get(s).decay(), damping, vectors);
      }
      return apply(own.response(), damping, vectors);
    };
  }

  private static double[][] apply(FittedCurvature curvature, Damping damping, double[][] vectors) {
    return CurvaturePreconditioner.of(curvature, damping).apply(vectors);
  }
}
