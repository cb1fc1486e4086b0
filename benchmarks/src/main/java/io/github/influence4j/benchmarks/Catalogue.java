/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.benchmarks.Comparison.Claim;
import io.github.influence4j.benchmarks.Comparison.Kernel;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.internal.planning.CostModel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/** All comparisons with what is required of them. The kernels of ours are those that JMH runs. */
final class Catalogue {
  private static final int EXAMPLES = 64;
  private static final int ROWS = 256;
  private static final int QUERIES = 8;
  private static final int RANK = 32;

  private final int threads;
  private final List<Comparison> comparisons = new ArrayList<>();

  private Catalogue(int threads) {
    this.threads = threads;
  }

  static List<Comparison> comparisons(int threads) {
    Catalogue catalogue = new Catalogue(threads);
    catalogue.peak(Precision.F32);
    catalogue.peak(Precision.F64);
    for (int d : new int[] {512, 768, 2304, 3072}) {
      catalogue.covariance(d);
    }
    catalogue.eigendecomposition(768, 4, 1.3);
    catalogue.eigendecomposition(1024, 4, 1.3);
    catalogue.eigendecomposition(3072, 1, 0.95);
    catalogue.layer(512, 128, new Required(0, 0.95, 0, 0));
    catalogue.layer(768, 768, new Required(2.5, 0.95, 3, 0));
    catalogue.layer(2304, 768, new Required(3, 1.3, 4, 3));
    catalogue.layer(3072, 768, new Required(3.3, 1.3, 4, 3));
    catalogue.wholeStages();
    return catalogue.comparisons;
  }

  /** Ratios that depend on the shape. */
  private record Required(double lambda, double queries, double queriesRank32, double self) {}

  private void peak(Precision precision) {
    String type = precision == Precision.F32 ? "float32" : "float64";
    Supplier<Kernel> open =
        () -> {
          GemmPeak peak = new GemmPeak(precision, threads);
          return kernel(
              work -> {
                peak.multiply();
                work.add(GemmPeak.OPERATIONS, Double.NaN);
              },
              peak::close);
        };
    add(
        "gemm_peak/" + type,
        "torch ^gemm_peak/.*" + type,
        0,
        1,
        GemmPeak.OPERATIONS,
        precision,
        open);
  }

  private void covariance(int d) {
    double executed = (double) EXAMPLES * ROWS * d * (d + 1.0);
    add(
        "covariance/" + d,
        "torch ^covariance/\\[16384, " + d + "\\]/torch.float32/",
        1.7,
        1,
        executed,
        Precision.F32,
        onLayer(
            shape(d, 1),
            state -> {
              CovarianceBenchmark ours = new CovarianceBenchmark();
              ours.setUp(state);
              return kernel(work -> ours.gradients(state, work), ours::tearDown);
            }));
  }

  private void eigendecomposition(int n, int matrices, double required) {
    add(
        "eigh/" + matrices + "x" + n,
        "torch ^eigh/\\[" + n + "\\]/torch.float64/",
        required,
        matrices,
        0,
        Precision.F64,
        () -> {
          EigendecompositionBenchmark ours = new EigendecompositionBenchmark();
          ours.dimension = n;
          ours.matrices = matrices;
          ours.threads = threads;
          ours.setUp();
          return kernel(ours::eigendecomposition, ours::tearDown);
        });
  }

  private void layer(int m, int n, Required required) {
    CostModel cost = new CostModel(n, m, 1);
    double rotated =
        ROWS < cost.rotateRowsBelow() ? cost.rotateRows(ROWS) : cost.rotateGradient(ROWS);
    lambda(m, n, required.lambda, EXAMPLES * rotated);
    double dense = QUERIES * (rotated + cost.precondition());
    double truncated = QUERIES * (rotated + cost.preconditionLowRank(RANK));
    queries("dense", m, n, required.queries, dense, PreconditionBenchmark::dense);
    queries("rank32", m, n, required.queriesRank32, truncated, PreconditionBenchmark::rank32);
    double byGradient = EXAMPLES * cost.scoreByGradient(ROWS, QUERIES);
    double byLowRank = EXAMPLES * cost.scoreByLowRank(ROWS, QUERIES, RANK);
    boolean without = ROWS < cost.withoutGradientBelow(QUERIES, RANK);
    double byRows = EXAMPLES * cost.scoreByRows(ROWS, QUERIES);
    String torch = "torch ^pairwise";
    scores("pairwise/dense", torch, "dense", m, n, 1.3, byGradient, ScoreBenchmark::pairwise);
    double rank32 = without ? byLowRank : byGradient;
    scores("pairwise/rank32", torch, "rank32", m, n, 1.15, rank32, ScoreBenchmark::pairwiseRank32);
    scores(
        "self",
        "more ^self",
        "peer",
        m,
        n,
        required.self,
        EXAMPLES * rotated,
        ScoreBenchmark::self);
    String tokens = "more ^per_row";
    scores("per_row/dense", tokens, "einsum", m, n, 3, byRows, ScoreBenchmark::perRow);
    scores("per_row/rank32", tokens, "einsum", m, n, 3, byLowRank, ScoreBenchmark::perRowRank32);
  }

  private void lambda(int m, int n, double required, double executed) {
    String name = "lambda/[" + m + ", " + n + "]";
    List<Claim> claims =
        List.of(
            new Claim(name + " against peer", required, List.of("peer"), 1),
            new Claim(
                name + " against the better of peer, projected_first",
                1.05,
                List.of("peer", "projected_first"),
                1));
    Supplier<Kernel> open =
        onLayer(
            shape(m, n),
            state -> {
              EigenvalueCorrectionBenchmark ours = new EigenvalueCorrectionBenchmark();
              ours.setUp(state);
              return kernel(work -> ours.lambda(state, work), ours::tearDown);
            });
    String request = "torch ^lambda/" + regex(m, n) + "/torch.float32/(peer|projected_first)$";
    comparisons.add(new Comparison(name, request, claims, executed, Precision.F32, open));
  }

  private interface LayerKernel<B> {
    void run(B benchmark, LayerState state, Work work);
  }

  private void queries(
      String variant,
      int m,
      int n,
      double required,
      double executed,
      LayerKernel<PreconditionBenchmark> call) {
    add(
        "queries/" + variant + "/[" + m + ", " + n + "]",
        "more ^queries/" + regex(m, n) + "/torch.float32/" + variant + "$",
        required,
        1,
        executed,
        Precision.F32,
        onLayer(
            shape(m, n),
            state -> {
              PreconditionBenchmark ours = new PreconditionBenchmark();
              ours.setUp(state);
              return kernel(work -> call.run(ours, state, work), ours::tearDown);
            }));
  }

  private void scores(
      String name,
      String request,
      String variant,
      int m,
      int n,
      double required,
      double executed,
      LayerKernel<ScoreBenchmark> call) {
    add(
        name + "/[" + m + ", " + n + "]",
        request + "/" + regex(m, n) + "/torch.float32/" + variant + "$",
        required,
        1,
        executed,
        Precision.F32,
        onLayer(
            shape(m, n),
            state -> {
              ScoreBenchmark ours = new ScoreBenchmark();
              ours.setUp(state);
              return kernel(work -> call.run(ours, state, work), ours::tearDown);
            }));
  }

  private void wholeStages() {
    stage("covariance", 0, WholeStageBenchmark::covariance);
    stage("eigen", 0, WholeStageBenchmark::eigen);
    stage("lambda", 30, WholeStageBenchmark::lambda);
    stage("pairwise", 0, WholeStageBenchmark::pairwise);
    stage("rank32", 0, WholeStageBenchmark::rank32);
    stage("self", 30, WholeStageBenchmark::self);
  }

  private void stage(String stage, double required, Consumer<WholeStageBenchmark> call) {
    String name = "w1_" + stage;
    add(
        name,
        "more ^" + name + "/",
        required,
        1,
        0,
        Precision.F32,
        () -> {
          WholeStageBenchmark ours = new WholeStageBenchmark();
          ours.threads = threads;
          ours.setUp();
          return kernel(work -> call.accept(ours), ours::tearDown);
        });
  }

  private void add(
      String name,
      String request,
      double required,
      int times,
      double executed,
      Precision precision,
      Supplier<Kernel> open) {
    List<Claim> claims = List.of(new Claim(name, required, List.of(), times));
    comparisons.add(new Comparison(name, request, claims, executed, precision, open));
  }

  private static String regex(int m, int n) {
    return "\\[" + m + ", " + n + "\\]";
  }

  private static String shape(int m, int n) {
    return m + "x" + n + "x" + ROWS + "x" + EXAMPLES;
  }

  private Supplier<Kernel> onLayer(String shape, Function<LayerState, Kernel> make) {
    return () -> {
      LayerState state = new LayerState();
      state.shape = shape;
      state.threads = threads;
      state.setUp();
      Kernel kernel = make.apply(state);
      return kernel(
          kernel::run,
          () -> {
            kernel.close();
            state.tearDown();
          });
    };
  }

  private static Kernel kernel(Consumer<Work> run, Runnable close) {
    return new Kernel() {
      @Override
      public void run(Work work) {
        run.accept(work);
      }

      @Override
      public void close() {
        close.run();
      }
    };
  }
}
