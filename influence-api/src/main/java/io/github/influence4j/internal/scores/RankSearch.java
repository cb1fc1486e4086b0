/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.planning.ScorePlan;
import io.github.influence4j.internal.planning.ScoringMemory;
import io.github.influence4j.scoring.LowRank;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the ranks at which no query's residual exceeds the limit. One rank serves all queries of a
 * layer, so that it depends neither on how queries are batched nor on how many fit in memory.
 */
final class RankSearch {
  private final QueryPreparation queries;
  private final LowRank lowRank;

  RankSearch(QueryPreparation queries, LowRank lowRank) {
    this.queries = queries;
    this.lowRank = lowRank;
  }

  /** By name, of the layers to truncate; those left out stay exact. */
  Map<String, Integer> ranks(List<LayerCost> layers) {
    Map<String, Integer> ranks = ScoringMemory.ranks(layers, lowRank);
    List<LayerCost> open =
        layers.stream().filter(layer -> ranks.containsKey(layer.layer())).toList();
    if (lowRank.maxResidual() < 1) {
      while (!open.isEmpty()) {
        open = raise(layers, open, ranks);
      }
    }
    return ranks;
  }

  /** Raises the ranks of the layers above the limit; returns those that are still truncated. */
  private List<LayerCost> raise(
      List<LayerCost> layers, List<LayerCost> truncated, Map<String, Integer> ranks) {
    Map<String, Double> residuals = residuals(layers, truncated, ranks);
    List<LayerCost> open = new ArrayList<>();
    for (LayerCost layer : truncated) {
      if (residuals.getOrDefault(layer.layer(), 0.0) > lowRank.maxResidual()) {
        int rank = 2 * ranks.getOrDefault(layer.layer(), 0);
        if (layer.model().truncationSaves(rank)) {
          ranks.put(layer.layer(), rank);
          open.add(layer);
        } else {
          ranks.remove(layer.layer());
        }
      }
    }
    return open;
  }

  /** The largest of all queries and dampings, of each truncated layer. */
  private Map<String, Double> residuals(
      List<LayerCost> layers, List<LayerCost> truncated, Map<String, Integer> ranks) {
    ScorePlan alone = queries.plan(truncated, ranks);
    ScorePlan ofAll = queries.plan(layers, ranks);
    List<Integer> amongAll = truncated.stream().map(layers::indexOf).toList();
    Map<String, Double> largest = new HashMap<>();
    int first = 0;
    do {
      // With the other layers, so that they stay loaded, unless that costs replays of the queries,
      // whose number is known after the first.
      int left = queries.total() - first;
      boolean together =
          ofAll.layerBlocks().size() == 1 && ofAll.passes(left) <= alone.passes(left);
      ScorePlan plan = together ? ofAll : alone;
      List<List<Integer>> blocks = together ? List.of(amongAll) : alone.layerBlocks();
      for (List<Integer> block : blocks) {
        ScoringPass pass = queries.pass(plan, block, first);
        try (PreparedQueries prepared = queries.prepare(pass)) {
          for (int i = 0; i < block.size(); i++) {
            String layer = pass.costs().get(i).layer();
            for (double residual : prepared.residuals(i)) {
              largest.merge(layer, residual, Math::max);
            }
          }
        }
      }
      first += plan.queriesPerPass();
    } while (first < queries.total());
    return largest;
  }
}
