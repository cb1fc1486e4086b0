/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.benchmarks.Comparison.Claim;
import io.github.influence4j.compute.Precision;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {
  private static final Options.Effort EFFORT = new Options.Effort(2, 1, 1, 1, 0);

  @Test
  void aSectionForEachInstructionSet() {
    String first = report("AVX-512", result("gemm_peak/float32", 2, 1)).on("");
    String both = report("AVX2", result("gemm_peak/float32", 2, 1)).on(first);
    assertThat(both).startsWith(first).contains("\n## AVX-512\n", "\n## AVX2\n");
    assertThat(both).contains("### Kernels with AVX-512", "### Kernels with AVX2");
  }

  @Test
  void aRunReplacesItsOwnSectionAlone() {
    String first = report("AVX-512", result("gemm_peak/float32", 2, 1)).on("");
    String both = report("AVX2", result("gemm_peak/float32", 2, 1)).on(first);
    String again = report("AVX2", result("gemm_peak/float32", 4, 1)).on(both);
    assertThat(again).startsWith(first).contains("| 4000.000 | 1000.000 |");
    assertThat(again.split("## AVX2\n", -1)).hasSize(2);
    String changed = report("AVX-512", result("gemm_peak/float32", 3, 1)).on(both);
    assertThat(changed)
        .contains("| 3000.000 | 1000.000 |")
        .endsWith(both.substring(first.length()));
    assertThat(changed.split("## AVX-512\n", -1)).hasSize(2);
  }

  /** Of two operations a second, the peer's, not of OpenBLAS's one. */
  @Test
  void sharesAreOfTheBetterGemm() {
    String text =
        report("AVX2", result("gemm_peak/float32", 0.5, 1), result("covariance/768", 8, 5)).on("");
    assertThat(text).contains("| covariance/768 |").contains("| 10 % |");
  }

  private static Report report(String isa, PairedRun.Result... results) {
    return new Report(
        EFFORT, "cpu (" + isa + ", OpenBLAS 1, F32, threads 2)", "torch 1", List.of(results));
  }

  private static PairedRun.Result result(String name, double peer, double ours) {
    Comparison comparison =
        new Comparison(
            name,
            "",
            List.of(new Claim(name, 0, List.of(), 1)),
            0,
            Precision.F32,
            () -> {
              throw new AssertionError("is not run");
            });
    PairedRun.Round round =
        new PairedRun.Round(
            Map.of("peer", new Stopwatch.Sample(peer, 0)), new Stopwatch.Sample(ours, 0));
    return new PairedRun.Result(comparison, List.of(round), 1);
  }
}
