/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.benchmarks.ScalingEstimate.Job;
import io.github.influence4j.benchmarks.ScalingEstimate.Stage;
import io.github.influence4j.internal.files.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes {@code docs/scaling.md}: what each stage costs on large models, by the cost model, and how
 * the cost model compares with measurements of small layers. Run it from the root of the
 * repository:
 *
 * <pre>{@code
 * java -cp benchmarks/target/benchmarks.jar io.github.influence4j.benchmarks.ScalingReport \
 *     --gemm32 165 --gemm64 93
 * }</pre>
 */
public final class ScalingReport {
  /** Starts the part that is measured; everything before it is computed. */
  static final String MEASURED = "## Checked against small cases\n";

  /** How the command line names the GEMM rates; the document quotes it. */
  static final Pattern RATES =
      Pattern.compile("--gemm32 (\\d+(?:\\.\\d+)?) --gemm64 (\\d+(?:\\.\\d+)?)");

  private static final Path FILE = Path.of("docs/scaling.md");
  private static final Job JOB = new Job(10_000, 512, 8);
  private static final int BLOCKS = 4;
  private static final int RANK = 32;
  private static final double SHARE = 0.5;
  private static final double TENSOR_LIMIT = Integer.MAX_VALUE;

  private final double gemm32;
  private final double gemm64;
  private final StringBuilder text = new StringBuilder();

  private ScalingReport(double gemm32, double gemm64) {
    this.gemm32 = gemm32;
    this.gemm64 = gemm64;
  }

  /**
   * Measures and writes.
   *
   * @param arguments the CPU's GEMM rates in GFLOP/s, such as {@code --gemm32 165 --gemm64 93}
   * @throws IOException if the file cannot be written
   */
  public static void main(String[] arguments) throws IOException {
    Matcher rates = RATES.matcher(String.join(" ", arguments));
    if (!rates.matches()) {
      System.err.println("usage: ScalingReport --gemm32 GFLOP/s --gemm64 GFLOP/s");
      System.exit(2);
      return;
    }
    double gemm32 = Double.parseDouble(rates.group(1));
    double gemm64 = Double.parseDouble(rates.group(2));
    AtomicFile.writeText(FILE, predicted(gemm32, gemm64) + measured(ScalingMeasurement.run()));
    System.out.println("Written to " + FILE);
  }

  /** Everything that is computed from the CPU's GEMM rates in GFLOP/s. */
  static String predicted(double gemm32, double gemm64) {
    ScalingReport report = new ScalingReport(gemm32, gemm64);
    report.head();
    for (ModelShape model : List.of(ModelShape.GPT2, ModelShape.LLAMA_8B, ModelShape.LARGE_52B)) {
      report.model(model);
    }
    return report.text.toString();
  }

  private void head() {
    add(
        """
        <!-- SPDX-License-Identifier: Apache-2.0 -->
        # Scale on paper

        What the stages cost on models far larger than the examples, by the formulas of [cost-and-memory.md](cost-and-memory.md)
        (`CostModel`). **Nothing on this page but its last section was run: the H100 column is arithmetic on published
        figures, and the CPU column multiplies operations by a measured rate.** Written by

        ```
        java -cp benchmarks/target/benchmarks.jar io.github.influence4j.benchmarks.ScalingReport --gemm32 %s --gemm64 %s
        ```

        which `ScalingReportTest` compares with this file.

        | assumed | |
        |---|---|
        | job | factors fitted to %,d sequences of %d tokens; %d queries scored against all of them; float32 |
        | CPU | %s GFLOP/s in float32 and %s in float64: the GEMM rate of the two cores of [results/cpu.md](../benchmarks/results/cpu.md), every stage at that rate |
        | H100 SXM, published (NVIDIA's data sheet, dense) | %.0f TFLOP/s float32, %.0f float64 on tensor cores, %.0f bfloat16 on tensor cores, %.2f TB/s, 80 GB |
        | H100, assumed | %.0f %% of each; a stage takes the longer of computing and of moving its bytes; copies from and to the host are not counted |
        | eigendecompositions | 9n³ operations; (4/3)n³ bytes, as reduction to tridiagonal form reads half of what is left once a column |
        | the model's own passes | three, of 4 operations a parameter and token: forward, and backward without weight gradients; on the H100 in bfloat16 |
        | memory | what is kept in all layers; in brackets the layer that needs most. The model, its activations and batches come on top |
        | passes | one over the data for all queries, whatever the memory; where they do not fit, each further pass costs scan and model again |
        """,
        number(gemm32),
        number(gemm64),
        JOB.sequences(),
        JOB.rows(),
        JOB.queries(),
        number(gemm32),
        number(gemm64),
        Machine.H100_FP32 * 1e-12,
        Machine.H100_FP64_TENSOR * 1e-12,
        Machine.H100_BF16_TENSOR * 1e-12,
        Machine.H100_BANDWIDTH * 1e-12,
        100 * SHARE);
  }

  private void model(ModelShape model) {
    double tracked =
        model.blocks()
            * model.layers().stream().mapToDouble(l -> (double) l.inputs() * l.outputs()).sum();
    add(
        "%n## %s%n%s. %d layers with %.3g weights are tracked.%n",
        model.name(), model.note(), model.blocks() * model.layers().size(), tracked);
    table("Full factors, dense queries", new ScalingEstimate(model, JOB, 1, 0));
    table(
        "Factors of " + BLOCKS + " diagonal blocks, queries of rank " + RANK,
        new ScalingEstimate(model, JOB, BLOCKS, RANK));
  }

  private void table(String title, ScalingEstimate estimate) {
    Machine cpu = Machine.cpu(gemm32 * 1e9, gemm64 * 1e9);
    Machine h100 = Machine.h100(SHARE);
    add("%n**%s**%n%n| stage | operations | memory | CPU | H100, on paper |%n", title);
    add("|---|---|---|---|---|%n");
    double operations = 0;
    double cpuSeconds = 0;
    double h100Seconds = 0;
    for (Stage stage : estimate.stages()) {
      add(
          "| %s | %.1e | %s | %s | %s |%n",
          stage.name(),
          stage.operations(),
          stage.memory() == 0 ? "–" : bytes(stage.memory()) + " (" + bytes(stage.largest()) + ")",
          time(cpu.seconds(stage)),
          time(h100.seconds(stage)));
      operations += stage.operations();
      cpuSeconds += cpu.seconds(stage);
      h100Seconds += h100.seconds(stage);
    }
    add("| sum | %.1e | | %s | %s |%n", operations, time(cpuSeconds), time(h100Seconds));
    largestTensor(estimate);
  }

  private void largestTensor(ScalingEstimate estimate) {
    double largest =
        estimate.model().layers().stream()
            .mapToDouble(layer -> layer.largestTensor(estimate.factorBlocks()))
            .max()
            .orElseThrow();
    add(
        "%nThe largest single tensor has %s, which %s.%n",
        bytes(largest),
        largest <= TENSOR_LIMIT
            ? "the library can hold"
            : "**the library cannot hold today**: one tensor must have fewer bytes than 2 GiB");
  }

  /** What was measured now. */
  static String measured(List<ScalingMeasurement.Row> rows) {
    ScalingReport report = new ScalingReport(0, 0);
    Job job = ScalingMeasurement.job();
    report.text.append(MEASURED);
    report.add(
        """
        One layer, %d sequences of %d rows, %d queries, float32, backend `cpu`, one thread, full factors; processor time, since
        other programs ran beside. Predicted: the operations at the rate of a 2048² GEMM measured the same way just before and
        after. A ratio above 1 says how much slower than the prediction the stage is; multiply the CPU columns above by it.

        | layer | stage | predicted ms | measured ms | measured / predicted |
        |---|---|---|---|---|
        """,
        job.sequences(), job.rows(), job.queries());
    for (ScalingMeasurement.Row row : rows) {
      report.add(
          "| %s | %s | %.2f | %.2f | %.2f |%n",
          row.layer(),
          row.stage(),
          1e3 * row.predicted(),
          1e3 * row.measured(),
          row.measured() / row.predicted());
    }
    return "\n" + report.text;
  }

  private void add(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values));
  }

  private static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  private static String bytes(double bytes) {
    double gib = bytes / (1 << 30);
    return gib >= 1
        ? String.format(Locale.ROOT, "%,.1f GiB", gib)
        : String.format(Locale.ROOT, "%.1f MiB", 1024 * gib);
  }

  private static String time(double seconds) {
    if (seconds < 120) {
      return String.format(Locale.ROOT, "%.2g s", seconds);
    }
    double minutes = seconds / 60;
    if (minutes < 120) {
      return String.format(Locale.ROOT, "%.0f min", minutes);
    }
    double hours = minutes / 60;
    if (hours < 48) {
      return String.format(Locale.ROOT, "%.0f h", hours);
    }
    double days = hours / 24;
    return days < 730
        ? String.format(Locale.ROOT, "%.0f days", days)
        : String.format(Locale.ROOT, "%.0f years", days / 365);
  }
}
