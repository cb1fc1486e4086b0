/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.internal.files.AtomicFile;
import io.github.influence4j.internal.text.VisibleText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Runs our kernels and the peer's alternately, with the same number of threads, and writes the
 * ratios; {@code docs/performance.md} tells how. Run it from the root of the repository:
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar io.github.influence4j.benchmarks.PeerComparison \
 *     --peer-python .peer/bin/python --peer-script PATH/bench_torch.py --wait-quiet 60
 * }</pre>
 */
public final class PeerComparison {
  private PeerComparison() {}

  /**
   * Runs all comparisons, or those that {@code --only} names.
   *
   * @param arguments see {@link Options#USAGE}
   * @throws IOException if the peer does not start or the report cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    Options options;
    try {
      options = Options.parse(arguments, System.getenv());
    } catch (IllegalArgumentException e) {
      System.err.println(VisibleText.line(String.valueOf(e.getMessage())));
      System.err.println(Options.USAGE);
      System.exit(2);
      return;
    }
    Path directory = options.output().toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    run(options);
    Files.readString(options.output()).lines().map(VisibleText::line).forEach(System.out::println);
    System.out.println("Written to " + VisibleText.line(options.output().toString()));
  }

  /** Writes the report after each kernel, so that a run that is stopped leaves what it measured. */
  private static void run(Options options) throws IOException {
    Options.Effort effort = options.effort();
    List<PairedRun.Result> results = new ArrayList<>();
    String page = Files.exists(options.output()) ? Files.readString(options.output()) : "";
    String backend;
    try (var cpu = LayerState.create("cpu", effort.threads())) {
      backend = cpu.description().toString();
    }
    try (PeerProcess peer = new PeerProcess(options.peer(), effort)) {
      PairedRun paired = new PairedRun(effort, peer);
      for (Comparison comparison : Catalogue.comparisons(effort.threads())) {
        boolean peak = comparison.name().startsWith("gemm_peak");
        if (peak || options.only().matcher(comparison.name()).find()) {
          results.add(paired.run(comparison));
          progress(results.get(results.size() - 1));
          Report report = new Report(effort, backend, peer.description(), results);
          AtomicFile.writeText(options.output(), report.on(page));
        }
      }
    }
  }

  private static void progress(PairedRun.Result result) {
    Comparison.Claim claim = result.comparison().claims().get(0);
    System.err.printf(
        Locale.ROOT,
        "%-32s ratio %6.2f  peer %10.3f ms  ours %10.3f ms  others %3.0f %%%n",
        result.comparison().name(),
        Stopwatch.median(result.ratios(claim)),
        1e3 * result.peerSeconds(claim),
        1e3 * result.oursSeconds(),
        100 * result.others());
  }
}
