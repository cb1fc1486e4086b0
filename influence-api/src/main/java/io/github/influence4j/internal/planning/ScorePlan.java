/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.planning;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How the queries are cut so that they fit in memory and the training data are replayed as seldom
 * as possible: all queries, dampings and layers at once if they fit; else as many queries at a time
 * as fit; else, where not even one fits, one query and as many layers at a time as fit.
 *
 * @param layers the layers
 * @param ranks rank of the queries by layer; layers left out are dense
 * @param dampings dampings served at once
 * @param elementBytes 4 or 8
 * @param maxMemory budget in bytes
 * @param queriesPerPass queries served by one pass over the training data
 * @param layerBlocks layer numbers served by one pass, consecutive; more than one block only where
 *     queriesPerPass is 1
 */
public record ScorePlan(
    List<LayerCost> layers,
    Map<String, Integer> ranks,
    int dampings,
    int elementBytes,
    long maxMemory,
    int queriesPerPass,
    List<List<Integer>> layerBlocks) {

  /** Copies lists and map. */
  public ScorePlan {
    layers = List.copyOf(layers);
    ranks = Map.copyOf(ranks);
    layerBlocks = layerBlocks.stream().map(List::copyOf).toList();
  }

  /**
   * Plans. What lives at a time are the work of operations, the curvature of the layers ({@link
   * LayerCost#loadedBytes}), their queries, and the queries of one layer once more: while those of
   * several batches are joined, or side by side for the kernels.
   *
   * @param layers the layers
   * @param ranks rank of the queries by layer; layers left out are dense
   * @param dampings dampings served at once
   * @param elementBytes 4 or 8
   * @param maxMemory budget in bytes
   * @param workBytes part of it that operations on any of the layers may take
   * @return the plan
   * @throws IllegalArgumentException if one query of one layer exceeds the budget
   */
  public static ScorePlan of(
      List<LayerCost> layers,
      Map<String, Integer> ranks,
      int dampings,
      int elementBytes,
      long maxMemory,
      long workBytes) {
    long[] loaded = layers.stream().mapToLong(l -> l.loadedBytes(dampings, elementBytes)).toArray();
    long[] query =
        layers.stream()
            .mapToLong(l -> dampings * l.queryBytes(rank(ranks, l), elementBytes))
            .toArray();
    long free = maxMemory - workBytes - LongStream.of(loaded).sum();
    long perQuery = LongStream.of(query).sum() + LongStream.of(query).max().orElse(0);
    List<List<Integer>> blocks;
    if (perQuery <= free) {
      blocks = List.of(IntStream.range(0, layers.size()).boxed().toList());
    } else {
      long[] each = new long[loaded.length];
      for (int i = 0; i < each.length; i++) {
        each[i] = loaded[i] + query[i];
        requireFits(layers.get(i), dampings, workBytes + each[i] + query[i], maxMemory);
      }
      blocks = Blocks.of(each, query, maxMemory - workBytes);
    }
    int queries = (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2, free / perQuery));
    return new ScorePlan(layers, ranks, dampings, elementBytes, maxMemory, queries, blocks);
  }

  private static int rank(Map<String, Integer> ranks, LayerCost layer) {
    return ranks.getOrDefault(layer.layer(), 0);
  }

  /**
   * The rank of a layer's queries.
   *
   * @param layer one of the layers
   * @return r, 0 for dense queries
   */
  public int rank(LayerCost layer) {
    return rank(ranks, layer);
  }

  private static void requireFits(LayerCost layer, int dampings, long needed, long maxMemory) {
    if (needed > maxMemory) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Layer \"%s\": one query with %d damping(s) needs %d bytes, more than maxMemory=%d"
                  + " allows; raise maxMemory, ask for fewer dampings at once, or truncate the"
                  + " queries (ScoreOptions.withLowRank).",
              layer.layer(),
              dampings,
              needed,
              maxMemory));
    }
  }

  /**
   * How many gradients of a layer may wait in the eigenbasis while queries are preconditioned, in
   * the memory in which queries are joined later.
   *
   * @param layer one of the layers
   * @return 1 or more
   */
  public int gradientsAtOnce(LayerCost layer) {
    long largest =
        layers.stream().mapToLong(l -> l.queryBytes(rank(l), elementBytes)).max().orElse(0);
    double bytes = (double) queriesPerPass * dampings * largest;
    return (int)
        Math.max(1, Math.min(Integer.MAX_VALUE, bytes / layer.queryBytes(0, elementBytes)));
  }

  /**
   * Passes over the training data.
   *
   * @param queries Q
   * @return how often they are replayed
   */
  public int passes(int queries) {
    return ((Math.max(1, queries) - 1) / queriesPerPass + 1) * layerBlocks.size();
  }

  /**
   * The plan in words: the passes, then for each layer the memory of a query and the form of each
   * operation with its break-even.
   *
   * @param queries Q
   * @return several lines
   */
  public String explain(int queries) {
    StringBuilder text = new StringBuilder();
    long bytes = 0;
    for (LayerCost layer : layers) {
      bytes += dampings * layer.queryBytes(rank(layer), elementBytes);
    }
    text.append(
        String.format(
            Locale.ROOT,
            "%d queries x %d damping(s), %s: %.1f MiB a query of %.1f MiB allowed -> %d at a time,"
                + " %d pass(es) over the training data%n",
            queries,
            dampings,
            explainRanks(),
            bytes / 1048576.0,
            maxMemory / 1048576.0,
            Math.min(queries, queriesPerPass),
            passes(queries)));
    for (LayerCost layer : layers) {
      text.append(explain(layer, queries));
    }
    return text.toString();
  }

  private String explainRanks() {
    if (ranks.isEmpty()) {
      return "dense";
    }
    int lowest = Collections.min(ranks.values());
    int highest = Collections.max(ranks.values());
    return lowest == highest ? "rank " + lowest : "ranks " + lowest + " to " + highest;
  }

  private String explain(LayerCost layer, int queries) {
    CostModel model = layer.model();
    int layerRank = rank(layer);
    int below = model.withoutGradientBelow(Math.max(1, queries) * dampings, layerRank);
    String scoring =
        below == CostModel.ALWAYS
            ? "always row by row"
            : "row by row below " + below + " rows an example, else by gradient";
    return String.format(
        Locale.ROOT,
        "  %s [%d x %d]%s: %s query, rotate rows below %d rows an example, score %s%n",
        layer.layer(),
        model.outputs(),
        model.inputs(),
        layer.groups() == 1 ? "" : " x " + layer.groups() + " groups",
        layerRank == 0 ? "dense" : "rank " + layerRank,
        model.rotateRowsBelow(),
        scoring);
  }
}
