/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * Counts floating point operations of the naive algorithm, so that JMH reports GFLOP/s and their
 * share of the GEMM rate next to the calls a second. Shares above 1 come from doing less.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Work {
  /** 10⁹ floating point operations of the naive algorithm. */
  public double gflop;

  /** Seconds that the machine's GEMM needs for as many; their number a second is the share. */
  public double gemmSeconds;

  void add(double operations, double peak) {
    gflop += operations * 1e-9;
    gemmSeconds += operations * 1e-9 / peak;
  }
}
