/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.influence4j.benchmarks.ScalingEstimate.Job;
import io.github.influence4j.benchmarks.ScalingEstimate.Stage;
import io.github.influence4j.compute.Precision;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures every stage on small layers, in processor time of one thread, which other processes
 * disturb least, and predicts it from the GEMM rate measured the same way beside it.
 */
final class ScalingMeasurement {
  private static final Job JOB = new Job(16, 256, 8);
  private static final int RANK = 32;
  private static final int REPETITIONS = 3;

  /** Linux counts processor time in hundredths of a second. */
  private static final double LEAST_SECONDS = 0.2;

  private static final OperatingSystemMXBean PROCESS =
      (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

  /**
   * One stage of one case.
   *
   * @param layer outputs x inputs
   * @param stage which
   * @param predicted seconds
   * @param measured seconds
   */
  record Row(String layer, String stage, double predicted, double measured) {}

  private ScalingMeasurement() {}

  static List<Row> run() {
    List<Row> rows = new ArrayList<>();
    for (int[] shape : new int[][] {{512, 512}, {768, 768}, {2304, 768}}) {
      measure(shape[0], shape[1], rows);
    }
    return rows;
  }

  static Job job() {
    return JOB;
  }

  private static void measure(int outputs, int inputs, List<Row> rows) {
    ModelShape model = ModelShape.single(inputs, outputs);
    ScalingEstimate dense = new ScalingEstimate(model, JOB, 1, 0);
    ScalingEstimate truncated = new ScalingEstimate(model, JOB, 1, RANK);
    LayerState state = new LayerState();
    state.threads = 1;
    state.shape = outputs + "x" + inputs + "x" + JOB.rows() + "x" + JOB.sequences();
    state.setUp();
    rows.add(covariances(state, model, dense.covariances()));
    rows.add(eigendecompositions(model, dense.eigendecompositions()));
    rows.add(eigenvalues(state, model, dense.eigenvalues()));
    Work work = new Work();
    PreconditionBenchmark queries = new PreconditionBenchmark();
    queries.setUp(state);
    rows.add(row(model, "queries, dense", dense.queries(), () -> queries.dense(state, work)));
    rows.add(
        row(model, "queries, rank 32", truncated.queries(), () -> queries.rank32(state, work)));
    queries.tearDown();
    ScoreBenchmark scan = new ScoreBenchmark();
    scan.setUp(state);
    rows.add(row(model, "scan, dense", dense.scan(), () -> scan.pairwise(state, work)));
    rows.add(row(model, "scan, rank 32", truncated.scan(), () -> scan.pairwiseRank32(state, work)));
    scan.tearDown();
    state.tearDown();
  }

  private static Row covariances(LayerState state, ModelShape model, Stage stage) {
    Work work = new Work();
    CovarianceBenchmark covariance = new CovarianceBenchmark();
    covariance.setUp(state);
    Runnable both =
        () -> {
          covariance.activations(state, work);
          covariance.gradients(state, work);
        };
    Row row = row(model, stage.name(), stage, both);
    covariance.tearDown();
    return row;
  }

  private static Row eigenvalues(LayerState state, ModelShape model, Stage stage) {
    Work work = new Work();
    EigenvalueCorrectionBenchmark lambda = new EigenvalueCorrectionBenchmark();
    lambda.setUp(state);
    Row row = row(model, stage.name(), stage, () -> lambda.lambda(state, work));
    lambda.tearDown();
    return row;
  }

  private static Row eigendecompositions(ModelShape model, Stage stage) {
    ModelShape.LayerShape layer = model.layers().get(0);
    EigendecompositionBenchmark activations = eigen(layer.inputs());
    EigendecompositionBenchmark gradients = eigen(layer.outputs());
    Work work = new Work();
    Runnable both =
        () -> {
          activations.eigendecomposition(work);
          gradients.eigendecomposition(work);
        };
    Row row = row(model, stage.name(), stage, both);
    activations.tearDown();
    gradients.tearDown();
    return row;
  }

  private static EigendecompositionBenchmark eigen(int dimension) {
    EigendecompositionBenchmark benchmark = new EigendecompositionBenchmark();
    benchmark.threads = 1;
    benchmark.dimension = dimension;
    benchmark.setUp();
    return benchmark;
  }

  /** GEMM before and after, so that a change of the machine's speed meets both. */
  private static Row row(ModelShape model, String name, Stage stage, Runnable kernel) {
    Precision precision =
        stage.kind() == ScalingEstimate.Kind.FLOAT64 ? Precision.F64 : Precision.F32;
    try (GemmPeak gemm = new GemmPeak(precision, 1)) {
      double before = processorSeconds(gemm::multiply);
      double measured = processorSeconds(kernel);
      double after = processorSeconds(gemm::multiply);
      double rate = 2 * GemmPeak.OPERATIONS / (before + after);
      return new Row(model.name(), name, stage.operations() / rate, measured);
    }
  }

  /** The median of repetitions that are long beside the clock's tick, after one to warm up. */
  private static double processorSeconds(Runnable kernel) {
    kernel.run();
    long start = PROCESS.getProcessCpuTime();
    kernel.run();
    double once = Math.max(1e-2, (PROCESS.getProcessCpuTime() - start) * 1e-9);
    int inner = (int) Math.ceil(LEAST_SECONDS / once);
    double[] seconds = new double[REPETITIONS];
    for (int r = 0; r < REPETITIONS; r++) {
      long before = PROCESS.getProcessCpuTime();
      for (int i = 0; i < inner; i++) {
        kernel.run();
      }
      seconds[r] = (PROCESS.getProcessCpuTime() - before) * 1e-9 / inner;
    }
    return Stopwatch.median(seconds);
  }
}
