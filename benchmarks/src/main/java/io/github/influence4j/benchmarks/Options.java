/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The command line of {@link PeerComparison}.
 *
 * @param effort of each comparison
 * @param only which comparisons to run
 * @param peer how the peer is run
 * @param output the report
 */
record Options(Effort effort, Pattern only, Peer peer, Path output) {
  static final String USAGE =
      """
      usage: PeerComparison --peer-script PATH/bench_torch.py [--peer-python .peer/bin/python]
          [--threads 2] [--rounds 5] [--reps 3] [--max-seconds 20] [--wait-quiet SECONDS]
          [--quick] [--only REGEX] [--output FILE]
      The two paths may also be set by INFLUENCE4J_PEER_SCRIPT and INFLUENCE4J_PEER_PYTHON. --quick
      measures once in two rounds. A run that is quick or partial writes to benchmarks/target.\
      """;

  /**
   * How a comparison is measured.
   *
   * @param threads of ours and of the peer
   * @param rounds how often both are measured, one after the other
   * @param repetitions of one measurement
   * @param maxSeconds after which a measurement stops repeating
   * @param waitQuiet how many seconds to wait, before each repetition, for other processes to be
   *     idle
   */
  record Effort(int threads, int rounds, int repetitions, double maxSeconds, double waitQuiet) {}

  /**
   * How the peer is run.
   *
   * @param python the interpreter, with torch
   * @param script the peer's bench_torch.py
   * @param more our peer_more.py
   */
  record Peer(Path python, Path script, Path more) {}

  static Options parse(String[] arguments, Map<String, String> environment) {
    Builder builder = new Builder(environment);
    for (int i = 0; i < arguments.length; i++) {
      String name = arguments[i];
      if (name.equals("--quick")) {
        builder.quick();
      } else if (i + 1 < arguments.length) {
        builder.set(name, arguments[++i]);
      } else {
        throw new IllegalArgumentException(name + " needs a value");
      }
    }
    return builder.build();
  }

  private static final class Builder {
    private int threads = 2;
    private int rounds = 5;
    private int repetitions = 3;
    private double maxSeconds = 20;
    private double waitQuiet;
    private Pattern only = Pattern.compile("");
    private boolean partial;
    private String peerPython;
    private @Nullable String peerScript;
    private String peerMore = "benchmarks/src/main/python/peer_more.py";
    private @Nullable String output;

    Builder(Map<String, String> environment) {
      peerPython = environment.getOrDefault("INFLUENCE4J_PEER_PYTHON", ".peer/bin/python");
      peerScript = environment.get("INFLUENCE4J_PEER_SCRIPT");
    }

    void quick() {
      rounds = 2;
      repetitions = 1;
      maxSeconds = 3;
      partial = true;
    }

    void set(String name, String value) {
      switch (name) {
        case "--threads" -> threads = Integer.parseInt(value);
        case "--rounds" -> rounds = Integer.parseInt(value);
        case "--reps" -> repetitions = Integer.parseInt(value);
        case "--max-seconds" -> maxSeconds = Double.parseDouble(value);
        case "--wait-quiet" -> waitQuiet = Double.parseDouble(value);
        case "--only" -> {
          only = Pattern.compile(value);
          partial = true;
        }
        case "--peer-python" -> peerPython = value;
        case "--peer-script" -> peerScript = value;
        case "--peer-more" -> peerMore = value;
        case "--output" -> output = value;
        default -> throw new IllegalArgumentException("Unknown option " + name);
      }
    }

    Options build() {
      if (peerScript == null) {
        throw new IllegalArgumentException("--peer-script is missing");
      }
      String report = partial ? "benchmarks/target/cpu-partial.md" : "benchmarks/results/cpu.md";
      return new Options(
          new Effort(threads, rounds, repetitions, maxSeconds, waitQuiet),
          only,
          new Peer(Path.of(peerPython), Path.of(peerScript), Path.of(peerMore)),
          Path.of(output == null ? report : output));
    }
  }
}
