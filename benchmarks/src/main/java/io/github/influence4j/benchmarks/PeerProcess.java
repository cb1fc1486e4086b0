/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The peer's interpreter, kept alive between measurements; see peer_more.py for the protocol. */
final class PeerProcess implements AutoCloseable {
  private static final Pattern RESULT =
      Pattern.compile(
          "\"variant\": \"([^\"]*)\", \"median_s\": ([^,]*),.*\"other_frac\": ([^,]*),");
  private static final Pattern VERSION = Pattern.compile("\"torch\": \"([^\"]*)\"");

  /** Keep MKL, oneDNN and torch's own kernels from AVX-512. */
  private static final Map<String, String> AVX2_ONLY =
      Map.of(
          "MKL_ENABLE_INSTRUCTIONS", "AVX2",
          "ONEDNN_MAX_CPU_ISA", "AVX2",
          "ATEN_CPU_CAPABILITY", "avx2");

  private final Process process;
  private final boolean avx2Only;
  private final BufferedReader answers;
  private final BufferedWriter requests;
  private String version = "unknown";

  PeerProcess(Options.Peer peer, Options.Effort effort) throws IOException {
    avx2Only = "avx2".equals(System.getProperty("influence4j.cpu.isa"));
    ProcessBuilder builder =
        new ProcessBuilder(
                List.of(
                    peer.python().toString(),
                    peer.more().toString(),
                    "--peer-script",
                    peer.script().toString(),
                    "--threads",
                    Integer.toString(effort.threads()),
                    "--reps",
                    Integer.toString(effort.repetitions()),
                    "--max-seconds",
                    Double.toString(effort.maxSeconds()),
                    "--wait-quiet",
                    Double.toString(effort.waitQuiet())))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    if (avx2Only) {
      builder.environment().putAll(AVX2_ONLY);
    }
    process = builder.start();
    answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    requests =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    answer();
  }

  /** The version of torch and whether it is held to AVX2. */
  String description() {
    return "torch " + version + (avx2Only ? ", held to AVX2" : "");
  }

  /** Measures the kernels that a request names; one sample a variant. */
  Map<String, Stopwatch.Sample> measure(String request) {
    try {
      requests.write(request + "\n");
      requests.flush();
      Map<String, Stopwatch.Sample> samples = answer();
      if (samples.isEmpty()) {
        throw new IllegalStateException("The peer has no kernel for: " + request);
      }
      return samples;
    } catch (IOException e) {
      throw new UncheckedIOException("The peer stopped at: " + request, e);
    }
  }

  private Map<String, Stopwatch.Sample> answer() throws IOException {
    Map<String, Stopwatch.Sample> samples = new LinkedHashMap<>();
    for (String line = answers.readLine(); line != null; line = answers.readLine()) {
      if (line.startsWith("{\"done\"")) {
        return samples;
      }
      Matcher meta = VERSION.matcher(line);
      if (meta.find()) {
        version = meta.group(1);
      }
      Matcher result = RESULT.matcher(line);
      if (result.find()) {
        double seconds = Double.parseDouble(result.group(2));
        double others = Double.parseDouble(result.group(3));
        samples.put(result.group(1), new Stopwatch.Sample(seconds, others));
      }
    }
    throw new IOException("The peer's process ended; see its messages above");
  }

  /** Lets the process end by itself. */
  @Override
  public void close() {
    try {
      requests.close();
      process.waitFor();
    } catch (IOException e) {
      process.destroy();
    } catch (InterruptedException e) {
      process.destroy();
      Thread.currentThread().interrupt();
    }
  }
}
