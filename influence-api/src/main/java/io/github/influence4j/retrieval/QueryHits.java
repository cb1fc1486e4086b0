/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.retrieval;

import io.github.influence4j.scoring.Hit;
import java.util.List;

/**
 * What was found for one query.
 *
 * @param hits the strongest proponents with exact scores, strongest first, equal ones by number
 * @param stages a report a stage, in their order
 */
public record QueryHits(List<Hit> hits, List<StageReport> stages) {
  /** Copies the lists. */
  public QueryHits {
    hits = List.copyOf(hits);
    stages = List.copyOf(stages);
  }

  /**
   * The report of one stage.
   *
   * @param stage which
   * @return its report
   */
  public StageReport stage(FunnelStage stage) {
    return stages.stream().filter(report -> report.stage() == stage).findFirst().orElseThrow();
  }
}
