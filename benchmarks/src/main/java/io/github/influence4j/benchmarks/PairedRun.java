/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Measures a comparison: peer and ours one after the other, in rounds that swap their order. */
final class PairedRun {
  /** How many clean rounds make the others dispensable. */
  private static final int ENOUGH_CLEAN = 3;

  /** Threads that wait in a loop for more work have given up after this. */
  private static final long SETTLE_MILLIS = 300;

  /**
   * Both sides, measured within seconds of each other.
   *
   * @param peer one sample a variant
   * @param ours our sample
   */
  record Round(Map<String, Stopwatch.Sample> peer, Stopwatch.Sample ours) {
    /** The fastest of some variants (of all, if none is named) times how often it must run. */
    double peerSeconds(Comparison.Claim claim) {
      return claim.times()
          * peer.entrySet().stream()
              .filter(e -> claim.variants().isEmpty() || claim.variants().contains(e.getKey()))
              .mapToDouble(e -> e.getValue().seconds())
              .min()
              .orElseThrow();
    }

    double ratio(Comparison.Claim claim) {
      return peerSeconds(claim) / ours.seconds();
    }

    /** The largest share of the cores that other processes used during a measurement. */
    double others() {
      return Math.max(
          ours.others(),
          peer.values().stream().mapToDouble(Stopwatch.Sample::others).max().orElse(0));
    }

    boolean clean() {
      return others() < MachineLoad.CLEAN;
    }
  }

  /**
   * What was measured.
   *
   * @param comparison of what
   * @param rounds that count
   * @param naive operations of the naive algorithm in one run of ours
   */
  record Result(Comparison comparison, List<Round> rounds, double naive) {
    double oursSeconds() {
      return Stopwatch.median(rounds.stream().mapToDouble(r -> r.ours.seconds()).toArray());
    }

    double peerSeconds(Comparison.Claim claim) {
      return Stopwatch.median(rounds.stream().mapToDouble(r -> r.peerSeconds(claim)).toArray());
    }

    double[] ratios(Comparison.Claim claim) {
      return rounds.stream().mapToDouble(r -> r.ratio(claim)).sorted().toArray();
    }

    double others() {
      return Stopwatch.median(rounds.stream().mapToDouble(Round::others).toArray());
    }
  }

  private final Options.Effort effort;
  private final PeerProcess peer;
  private final Stopwatch stopwatch;

  PairedRun(Options.Effort effort, PeerProcess peer) {
    this.effort = effort;
    this.peer = peer;
    this.stopwatch = new Stopwatch(effort);
  }

  Result run(Comparison comparison) {
    List<Round> rounds = new ArrayList<>();
    Work work = new Work();
    try (Comparison.Kernel kernel = comparison.open().get()) {
      kernel.run(work);
      double naive = work.gflop * 1e9;
      int most = effort.waitQuiet() > 0 ? 2 * effort.rounds() : effort.rounds();
      while (rounds.size() < most && clean(rounds).size() < effort.rounds()) {
        rounds.add(round(comparison, () -> kernel.run(work), rounds.size() % 2 == 0));
      }
      List<Round> clean = clean(rounds);
      return new Result(comparison, clean.size() >= ENOUGH_CLEAN ? clean : rounds, naive);
    }
  }

  private static List<Round> clean(List<Round> rounds) {
    return rounds.stream().filter(Round::clean).toList();
  }

  private Round round(Comparison comparison, Runnable kernel, boolean peerFirst) {
    if (peerFirst) {
      Map<String, Stopwatch.Sample> theirs = peer.measure(comparison.request());
      MachineLoad.sleep(SETTLE_MILLIS);
      return new Round(theirs, stopwatch.measure(kernel));
    }
    Stopwatch.Sample ours = stopwatch.measure(kernel);
    MachineLoad.sleep(SETTLE_MILLIS);
    return new Round(peer.measure(comparison.request()), ours);
  }
}
