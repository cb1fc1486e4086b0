/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.statistics.RankCorrelation;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything kept of one query under one damping, while the scan runs and after. */
final class QueryResult {
  final ScoreOptions options;

  /** Totals; with topK only where layers are scanned in several passes. */
  final ScoreSeries totals = new ScoreSeries();

  final Map<String, ScoreSeries> layers = new LinkedHashMap<>();
  final Map<String, Double> residuals = new HashMap<>();

  /** By example: each row's part. */
  final Map<Long, double[]> rows = new HashMap<>();

  /** By example: each layer's part, of hits only. */
  final Map<Long, Map<String, Double>> hitLayers = new HashMap<>();

  @Nullable TopK hits;
  double rankAgreement = Double.NaN;

  private double @Nullable [] finishedTotals;
  private final Map<String, double[]> finishedLayers = new HashMap<>();

  QueryResult(ScoreOptions options) {
    this.options = options;
    hits = options.topK() > 0 ? new TopK(options.topK()) : null;
  }

  /** Offers a finished score to the top-k; the layers' parts are asked for only if it is kept. */
  void offer(long example, double score, Supplier<Map<String, Double>> parts) {
    TopK kept = hits;
    if (kept != null
        && kept.offer(example, ScoreSeries.requireFinite(score))
        && options.perLayer()) {
      hitLayers.put(example, parts.get());
      // Dropped hits leave their parts behind; sweep once they outnumber the kept ones.
      if (hitLayers.size() > 8L * options.topK() + 64) {
        hitLayers.keySet().retainAll(kept.examples());
      }
    }
  }

  /** Offers what several passes over groups of layers have summed. */
  void offerTotals() {
    for (int e = 0; e < totals.size(); e++) {
      int example = e;
      offer(
          example,
          totals.get(example),
          () -> {
            Map<String, Double> parts = new LinkedHashMap<>();
            layers.forEach((name, series) -> parts.put(name, series.get(example)));
            return parts;
          });
    }
  }

  ScoreSeries layer(String name) {
    return layers.computeIfAbsent(name, key -> new ScoreSeries());
  }

  /**
   * Adds a layer's part of all scores. Layers are added one after the other, in their order, so
   * that it makes no difference whether one pass serves them all. Groups are summed layer by layer
   * for the same reason.
   */
  void add(String layer, long target, double score) {
    if (options.groups() == null) {
      totals.add(target, score);
    }
    if (options.perLayer() || options.groups() != null) {
      layer(layer).add(target, score);
    }
  }

  void addRows(long example, double[] parts) {
    rows.merge(
        example,
        parts,
        (old, more) -> {
          if (old.length != more.length) {
            throw new IllegalArgumentException(
                "Row scores need layers with the same rows, but training example "
                    + example
                    + " has "
                    + old.length
                    + " in one layer and "
                    + more.length
                    + " in another; ask for row scores of layers of one kind only.");
          }
          for (int i = 0; i < old.length; i++) {
            old[i] += more[i];
          }
          return old;
        });
  }

  /** Puts exact scores in the place of approximate ones. */
  void rescore(Map<Long, Double> exact) {
    TopK old = hits;
    if (old == null) {
      return;
    }
    Map<Long, Double> approximate = new HashMap<>();
    old.proponents().forEach(hit -> approximate.put(hit.example(), hit.score()));
    old.opponents().forEach(hit -> approximate.put(hit.example(), hit.score()));
    List<Long> examples = old.examples();
    if (examples.size() > 1) {
      double[] before = examples.stream().mapToDouble(e -> value(approximate, e)).toArray();
      double[] after = examples.stream().mapToDouble(e -> value(exact, e)).toArray();
      rankAgreement = RankCorrelation.of(before, after);
    }
    TopK rescored = new TopK(options.topK());
    examples.forEach(example -> rescored.offer(example, value(exact, example)));
    hits = rescored;
  }

  private static double value(Map<Long, Double> scores, long example) {
    Double score = scores.get(example);
    if (score == null) {
      throw new IllegalStateException(
          "Training example "
              + example
              + " was a hit in one replay of the training data and was not "
              + "there in the next; replays must give the same examples.");
    }
    return score;
  }

  /**
   * Ends the run: brings everything to the unit asked for.
   *
   * @param targets training examples or groups
   */
  void finish(double factor, long targets, List<String> names) {
    TopK kept = hits;
    if (kept != null) {
      hits = kept.times(factor);
      hitLayers.keySet().retainAll(kept.examples());
    } else {
      for (String name : names) {
        if (options.groups() != null) {
          totals.addAll(layer(name));
        }
        if (options.perLayer()) {
          finishedLayers.put(name, layer(name).finish(factor, targets));
        }
      }
      finishedTotals = totals.finish(factor, targets);
    }
    rows.values().forEach(parts -> scale(parts, factor));
    hitLayers.values().forEach(parts -> parts.replaceAll((name, part) -> part * factor));
  }

  private static void scale(double[] values, double factor) {
    for (int i = 0; i < values.length; i++) {
      values[i] *= factor;
    }
  }

  double @Nullable [] dense() {
    return finishedTotals;
  }

  double @Nullable [] denseLayer(String layer) {
    return finishedLayers.get(layer);
  }
}
