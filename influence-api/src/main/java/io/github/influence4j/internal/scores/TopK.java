/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.scores;

import io.github.influence4j.scoring.Hit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;

/**
 * The k strongest proponents and the k strongest opponents of one query. Ties go to the lower
 * example number, so the result does not depend on the order of arrival.
 */
final class TopK {
  /** Strongest first. */
  private static final Comparator<Hit> PROPONENTS =
      Comparator.comparingDouble((Hit hit) -> -hit.score()).thenComparingLong(Hit::example);

  private static final Comparator<Hit> OPPONENTS =
      Comparator.comparingDouble(Hit::score).thenComparingLong(Hit::example);

  private final int k;

  /** Weakest first, so that the head is the one to drop. */
  private final PriorityQueue<Hit> proponents = new PriorityQueue<>(PROPONENTS.reversed());

  private final PriorityQueue<Hit> opponents = new PriorityQueue<>(OPPONENTS.reversed());

  TopK(int k) {
    this.k = k;
  }

  /** Offers a score; returns whether it is among the strongest so far. */
  boolean offer(long example, double score) {
    if (score > 0) {
      return offer(proponents, PROPONENTS, example, score);
    }
    return score < 0 && offer(opponents, OPPONENTS, example, score);
  }

  private boolean offer(
      PriorityQueue<Hit> heap, Comparator<Hit> order, long example, double score) {
    Hit hit = new Hit(example, score);
    if (heap.size() == k && order.compare(hit, heap.element()) >= 0) {
      return false;
    }
    heap.add(hit);
    if (heap.size() > k) {
      heap.remove();
    }
    return true;
  }

  List<Hit> proponents() {
    return sorted(proponents, PROPONENTS);
  }

  List<Hit> opponents() {
    return sorted(opponents, OPPONENTS);
  }

  /** The same hits in another unit. */
  TopK times(double factor) {
    TopK scaled = new TopK(k);
    proponents.forEach(hit -> scaled.offer(hit.example(), hit.score() * factor));
    opponents.forEach(hit -> scaled.offer(hit.example(), hit.score() * factor));
    return scaled;
  }

  /** Both kinds, by example number. */
  List<Long> examples() {
    TreeSet<Long> numbers = new TreeSet<>();
    proponents.forEach(hit -> numbers.add(hit.example()));
    opponents.forEach(hit -> numbers.add(hit.example()));
    return new ArrayList<>(numbers);
  }

  private static List<Hit> sorted(PriorityQueue<Hit> heap, Comparator<Hit> order) {
    return heap.stream().sorted(order).toList();
  }
}
