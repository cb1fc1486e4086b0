/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.internal.planning.LayerCost;
import io.github.influence4j.internal.planning.ScorePlan;
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
    Map<String, Integer> ranks = new HashMap<>();
    List<LayerCost> open =
        layers.stream().filter(layer -> layer.model().truncates(lowRank.rank())).toList();
    open.forEach(layer -> ranks.put(layer.layer(), lowRank.rank()));
    if (lowRank.maxResidual() < 1) {
      while (!open.isEmpty()) {
        open = raise(open, ranks);
      }
    }
    return ranks;
  }

  /** Raises the ranks of the layers above the limit; returns those that are still truncated. */
  private List<LayerCost> raise(List<LayerCost> layers, Map<String, Integer> ranks) {
    double[] residuals = residuals(queries.plan(layers, ranks));
    List<LayerCost> open = new ArrayList<>();
    for (int i = 0; i < residuals.length; i++) {
      LayerCost layer = layers.get(i);
      if (residuals[i] > lowRank.maxResidual()) {
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

  /** The largest of all queries and dampings, of each layer of the plan. */
  private double[] residuals(ScorePlan plan) {
    double[] largest = new double[plan.layers().size()];
    int first = 0;
    do {
      for (List<Integer> block : plan.layerBlocks()) {
        try (PreparedQueries prepared = queries.prepare(queries.pass(plan, block, first))) {
          for (int i = 0; i < block.size(); i++) {
            int layer = block.get(i);
            for (double residual : prepared.residuals(i)) {
              largest[layer] = Math.max(largest[layer], residual);
            }
          }
        }
      }
      first += plan.queriesPerPass();
    } while (first < queries.total());
    return largest;
  }
}
