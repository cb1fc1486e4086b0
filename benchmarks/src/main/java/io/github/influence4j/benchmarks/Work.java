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

  /** The same in seconds of the machine's GEMM, so a second's count is the share of its rate. */
  public double gemmShare;

  void add(double operations, double peak) {
    gflop += operations * 1e-9;
    gemmShare += operations * 1e-9 / peak;
  }
}
