/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The results of one instruction set as Markdown: a section of a page that has one for each. */
final class Report {
  private static final String PAGE =
      """
      <!-- SPDX-License-Identifier: Apache-2.0 -->
      # CPU speed beside the peer

      Written by `PeerComparison`, a section for each instruction set; see
      [performance.md](../../docs/performance.md) for the method.
      """;

  /**
   * Seconds of kronfluence 1.0.1 on W1's data, influence arithmetic only, on a quiet 2-core AVX2
   * machine (Zen 3, 2.45 GHz), two threads.
   */
  private static final Map<String, Double> KRONFLUENCE =
      new TreeMap<>(
          Map.of(
              "w1_covariance", 0.0096,
              "w1_eigen", 0.027,
              "w1_lambda", 1.05,
              "w1_pairwise", 0.58,
              "w1_rank32", 0.53,
              "w1_self", 1.55));

  private static final Map<String, Double> KRONFLUENCE_REQUIRED =
      Map.of("w1_lambda", 30.0, "w1_self", 30.0, "w1_pairwise", 3.0);
  private static final double SUM_REQUIRED = 10;
  private static final int FLAGS = Pattern.MULTILINE | Pattern.DOTALL;

  private final Options.Effort effort;
  private final String backend;
  private final String isa;
  private final String peer;
  private final List<PairedRun.Result> results;
  private final StringBuilder text = new StringBuilder();

  /**
   * Creates the section.
   *
   * @param effort of each comparison
   * @param backend our backend's description, "cpu (INSTRUCTION SET, ..)"
   * @param peer the peer's version and limits
   * @param results what was measured
   */
  Report(Options.Effort effort, String backend, String peer, List<PairedRun.Result> results) {
    this.effort = effort;
    this.backend = backend;
    this.isa = backend.substring(backend.indexOf('(') + 1, backend.indexOf(','));
    this.peer = peer;
    this.results = results;
  }

  /** The page with this section in place of the one of the same instruction set, or at its end. */
  String on(String page) {
    Matcher old =
        Pattern.compile("^## " + Pattern.quote(isa) + "$.*?(?=^## |\\z)", FLAGS).matcher(page);
    String section = section();
    if (old.find()) {
      return page.substring(0, old.start()) + section + page.substring(old.end());
    }
    return (page.isEmpty() ? PAGE : page) + "\n" + section;
  }

  private String section() {
    text.setLength(0);
    line("## " + isa);
    line("");
    heading();
    claims();
    stages();
    return text.toString();
  }

  private void heading() {
    line("| | |");
    line("|---|---|");
    line("| date | %s |", LocalDate.now(ZoneOffset.UTC));
    line("| machine | %s, %d cores |", field("/proc/cpuinfo", "model name"), cores());
    line("| memory | %s |", field("/proc/meminfo", "MemTotal"));
    line("| JDK | %s %s |", System.getProperty("java.vm.name"), Runtime.version());
    line("| ours | %s |", backend);
    line("| peer | %s, %d threads |", peer, effort.threads());
    line(
        "| rounds | %d, of the median of at most %d repetitions or %.0f s |",
        effort.rounds(), effort.repetitions(), effort.maxSeconds());
    double[] others = results.stream().mapToDouble(PairedRun.Result::others).sorted().toArray();
    line(
        "| cores used by other processes | median %.0f %%, worst kernel %.0f %% |",
        100 * Stopwatch.median(others), 100 * others[others.length - 1]);
    line("| our peak resident memory | %s |", field("/proc/self/status", "VmHWM"));
    line("");
  }

  private static int cores() {
    return Runtime.getRuntime().availableProcessors();
  }

  private static String field(String file, String name) {
    try {
      return Files.readAllLines(Path.of(file)).stream()
          .filter(line -> line.startsWith(name))
          .findFirst()
          .map(line -> line.substring(line.indexOf(':') + 1).trim())
          .orElse("unknown");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void claims() {
    line("### Kernels with %s", isa);
    line("");
    line(
        "Ratios are peer time / our time, paired by round: median (smallest to largest). GFLOP/s are"
            + " those of the naive algorithm and, after the bar, those done; shares are of the GEMM"
            + " rate of this run, OpenBLAS's or the peer's, whichever is better. Eigendecompositions"
            + " count 9n³. Others: cores used by other processes, median.");
    line("");
    line(
        "| kernel | required | measured | | peer ms | ours ms | GFLOP/s | share of GEMM | others |");
    line("|---|---|---|---|---|---|---|---|---|");
    for (PairedRun.Result result : results) {
      for (Comparison.Claim claim : result.comparison().claims()) {
        claim(result, claim);
      }
    }
    line("");
  }

  private void claim(PairedRun.Result result, Comparison.Claim claim) {
    double[] ratios = result.ratios(claim);
    double ratio = Stopwatch.median(ratios);
    double ours = result.oursSeconds();
    line(
        "| %s | %s | %.2f (%.2f to %.2f) | %s | %.3f | %.3f | %s | %s | %.0f %% |",
        claim.label(),
        required(claim.required()),
        ratio,
        ratios[0],
        ratios[ratios.length - 1],
        verdict(claim.required(), ratio, result.others()),
        1e3 * result.peerSeconds(claim),
        1e3 * ours,
        pair(result, 1e-9 / ours, "%.0f"),
        pair(result, 1e-7 / ours / peak(result), "%.0f %%"),
        100 * result.others());
  }

  /** The naive rate and, if it is known, that of the operations done. */
  private static String pair(PairedRun.Result result, double factor, String format) {
    if (result.naive() == 0 || Double.isNaN(factor)) {
      return "–";
    }
    String naive = format(format, result.naive() * factor);
    double executed = result.comparison().executed();
    return executed == 0 ? naive : naive + " \\| " + format(format, executed * factor);
  }

  /** GFLOP/s of the better GEMM of the same precision in this run, OpenBLAS's or the peer's. */
  private double peak(PairedRun.Result of) {
    return results.stream()
        .filter(result -> result.comparison().name().startsWith("gemm_peak"))
        .filter(result -> result.comparison().precision() == of.comparison().precision())
        .mapToDouble(result -> result.naive() * 1e-9 / fastest(result))
        .findFirst()
        .orElse(Double.NaN);
  }

  private static double fastest(PairedRun.Result result) {
    Comparison.Claim claim = result.comparison().claims().get(0);
    return Math.min(result.oursSeconds(), result.peerSeconds(claim));
  }

  private static String required(double ratio) {
    return ratio == 0 ? "–" : Double.toString(ratio);
  }

  /** Nothing passes or misses while other processes take more than a few percent of the cores. */
  private static String verdict(double required, double ratio, double others) {
    if (required == 0) {
      return "";
    }
    return others >= MachineLoad.CLEAN ? "noisy" : ratio >= required ? "pass" : "**miss**";
  }

  private void stages() {
    Map<String, Double> ours = new TreeMap<>();
    Map<String, Double> others = new TreeMap<>();
    for (PairedRun.Result result : results) {
      if (KRONFLUENCE.containsKey(result.comparison().name())) {
        ours.put(result.comparison().name(), result.oursSeconds());
        others.put(result.comparison().name(), result.others());
      }
    }
    if (ours.isEmpty()) {
      return;
    }
    line("### Whole stages on W1 with %s against kronfluence 1.0.1", isa);
    line("");
    line(
        "1,437 training examples, 128 queries, arithmetic only. kronfluence's times were taken once"
            + " on another quiet machine (2 cores, Zen 3, 2.45 GHz), so this is no paired run.");
    line("");
    line("| stage | required | measured | | kronfluence ms | ours ms |");
    line("|---|---|---|---|---|---|");
    List<String> names = new ArrayList<>(ours.keySet());
    for (String name : names) {
      double theirs = KRONFLUENCE.getOrDefault(name, Double.NaN);
      stage(
          name,
          KRONFLUENCE_REQUIRED.getOrDefault(name, 0.0),
          theirs,
          ours.getOrDefault(name, 0.0),
          others.getOrDefault(name, 0.0));
    }
    if (ours.size() == KRONFLUENCE.size()) {
      stage(
          "sum of all",
          SUM_REQUIRED,
          sum(KRONFLUENCE),
          sum(ours),
          Collections.max(others.values()));
    }
  }

  private void stage(String name, double required, double theirs, double ours, double others) {
    double ratio = theirs / ours;
    line(
        "| %s | %s | %.1f | %s | %.1f | %.3f |",
        name,
        required(required),
        ratio,
        verdict(required, ratio, others),
        1e3 * theirs,
        1e3 * ours);
  }

  private static double sum(Map<String, Double> seconds) {
    return seconds.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  private void line(String format, Object... values) {
    text.append(values.length == 0 ? format : format(format, values)).append('\n');
  }
}
