/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.planning;

import io.github.influence4j.progress.Stage;
import java.util.List;

/**
 * What a run will take. Where the data hold numbers of magnitudes far apart, which are summed
 * apart, or where the rank of queries is adaptive, a run may take more; the second look at the hits
 * of a top-k search is not in it.
 *
 * @param maxMemory bytes that the backend may hold
 * @param covarianceBytes of the fitted covariances, in the Java heap
 * @param eigenvectorBytes of their eigenvectors, in the Java heap
 * @param squaresBytes of the squared gradients, Λ, in the Java heap
 * @param queriesAtOnce queries that one pass over the training examples serves
 * @param queryBytes of so many preconditioned queries, a part of the bytes of SCORE
 * @param stages those that the strategy has, and self-influence, in their order
 */
public record RunPlan(
    long maxMemory,
    long covarianceBytes,
    long eigenvectorBytes,
    long squaresBytes,
    int queriesAtOnce,
    long queryBytes,
    List<StagePlan> stages) {
  /** Copies the list. */
  public RunPlan {
    stages = List.copyOf(stages);
  }

  /**
   * One stage.
   *
   * @param stage which
   * @return its plan; of nothing where the strategy does not have the stage
   */
  public StagePlan stage(Stage stage) {
    return stages.stream()
        .filter(plan -> plan.stage() == stage)
        .findFirst()
        .orElse(new StagePlan(stage, 0, 0, 0));
  }

  /**
   * The fitted factors.
   *
   * @return bytes of the Java heap
   */
  public long factorBytes() {
    return covarianceBytes + eigenvectorBytes + squaresBytes;
  }
}
