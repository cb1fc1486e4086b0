/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.compute.Precision;
import java.util.List;
import java.util.function.Supplier;

/**
 * One kernel of ours beside one or several of the peer's.
 *
 * @param name in the peer's style, such as {@code lambda/[768, 768]}
 * @param request to {@link PeerProcess}
 * @param claims what must hold
 * @param executed floating point operations that ours does, 0 where they are not counted
 * @param precision whose GEMM rate ours is compared with
 * @param open makes our data
 */
record Comparison(
    String name,
    String request,
    List<Claim> claims,
    double executed,
    Precision precision,
    Supplier<Kernel> open) {
  /** Our side, with its data. */
  interface Kernel extends AutoCloseable {
    /** Runs once and counts the naive algorithm's operations. */
    void run(Work work);

    @Override
    void close();
  }

  /**
   * A ratio of the peer's time to ours.
   *
   * @param label what it is called in the report
   * @param required the least ratio, 0 where none is required
   * @param variants the peer's variants, of which the fastest counts
   * @param times how often the peer must run for what ours does in one run
   */
  record Claim(String label, double required, List<String> variants, int times) {}
}
