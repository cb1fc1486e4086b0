/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Counts floating point operations of the naive algorithm, so that JMH reports GFLOP/s next to the
 * calls a second.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Work {
  /** 10⁹ floating point operations of the naive algorithm. */
  public double gflop;

  void add(double operations) {
    gflop += operations * 1e-9;
  }
}
