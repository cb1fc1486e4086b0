/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.scores;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cuda.device.CudaException;
import io.github.influence4j.cuda.device.DeviceMemory;
import io.github.influence4j.cuda.device.Engine;
import io.github.influence4j.cuda.device.KernelConstants;
import io.github.influence4j.cuda.device.Kernels;
import io.github.influence4j.cuda.device.MemoryUse;
import io.github.influence4j.cuda.device.Releases;
import io.github.influence4j.cuda.device.Scratch;
import io.github.influence4j.cuda.device.Transfers;
import io.github.influence4j.cuda.rows.Conversions;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.TopScores;
import io.github.influence4j.spi.support.Columns;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Streaming selection in device memory: of a batch only whether all is finite comes to the host.
 * Batches whose scores would take more than their part of the budget are added up on the host, in
 * the same order.
 */
public final class DeviceTopScores implements TopScores {
  /** The highest scores, and the lowest times -1. */
  private static final int[] SIGNS = {1, -1};

  private final Engine engine;
  private final Conversions conversions;
  private final Scorer scorer;
  private final int queries;
  private final int k;

  /** For each sign [queries, k] scores in float64, then as many example numbers. */
  private final DeviceMemory state;

  /** [queries, examples] of the current batch in float64, then of a layer; grows. */
  private DeviceMemory sums;

  /** The first of them, where they do not fit. */
  private double @Nullable [] hostTotals;

  private int examples = -1;

  /** Whether the state of so many queries fits into its part of the budget. */
  public static boolean fits(Engine engine, int queries, int k) {
    return k <= KernelConstants.MAX_TOP_K && stateBytes(queries, k) <= part(engine);
  }

  private static long stateBytes(int queries, int k) {
    return SIGNS.length * 16L * queries * k;
  }

  /** The state may take as much, and so may the scores of a batch. */
  private static long part(Engine engine) {
    return engine.budget().batch() / 2;
  }

  /** Allocates; under the engine's lock. */
  public DeviceTopScores(
      Engine engine, Conversions conversions, Scorer scorer, int queries, int k) {
    this.engine = engine;
    this.conversions = conversions;
    this.scorer = scorer;
    this.queries = queries;
    this.k = k;
    state = engine.heap().allocate(stateBytes(queries, k), MemoryUse.WORK);
    try {
      sums = engine.heap().allocate(0, MemoryUse.WORK);
      for (int sign : SIGNS) {
        CudaException.check(
            Kernels.topkClear(values(sign), ids(sign), queries, k, engine.stream()),
            "infl_cuda_topk_clear");
      }
    } catch (RuntimeException e) {
      engine.discard(state, e);
      throw e;
    }
  }

  private long values(int sign) {
    return state.address() + (sign > 0 ? 0 : 16L * queries * k);
  }

  private long ids(int sign) {
    return values(sign) + 8L * queries * k;
  }

  @Override
  public OptionalDouble add(
      List<ExampleRows> parts, List<QueryFactors> factors, int[] withoutGradientBelow) {
    return engine.locked(() -> added(parts, factors, withoutGradientBelow));
  }

  private OptionalDouble added(
      List<ExampleRows> parts, List<QueryFactors> factors, int[] withoutGradientBelow) {
    if (state.freed()) {
      throw new IllegalStateException("TopScores already closed");
    }
    if (examples < 0) {
      begin(parts.get(0).examples());
    }
    return hostTotals == null
        ? addedOnDevice(parts, factors, withoutGradientBelow)
        : addedOnHost(parts, factors, withoutGradientBelow, hostTotals);
  }

  /** Bytes of [queries, examples]. */
  private long bytes() {
    return 8L * queries * examples;
  }

  private void begin(int count) {
    long needed = 16L * queries * count;
    hostTotals = needed > part(engine) ? new double[Math.multiplyExact(queries, count)] : null;
    if (hostTotals == null && (sums.freed() || sums.bytes() < needed)) {
      engine.heap().free(sums);
      sums = engine.heap().allocate(needed, MemoryUse.WORK);
    }
    examples = count;
    if (hostTotals == null) {
      engine.clear(sums.address(), bytes());
    }
  }

  private OptionalDouble addedOnDevice(
      List<ExampleRows> parts, List<QueryFactors> factors, int[] withoutGradientBelow) {
    long layer = sums.address() + bytes();
    engine.clear(layer, bytes());
    for (int g = 0; g < parts.size(); g++) {
      scorer.score(
          parts.get(g),
          factors.get(g),
          withoutGradientBelow[g],
          (scores, first, part) -> addTo(layer, scores, part, first));
    }
    addTo(sums.address(), layer, examples, 0);
    return conversions.allFinite(layer, queries, examples)
        ? OptionalDouble.empty()
        : firstNonFinite(
            Transfers.doubles(
                engine.staging(), layer, ElementType.F64, Math.toIntExact(bytes() / 8)));
  }

  private OptionalDouble addedOnHost(
      List<ExampleRows> parts,
      List<QueryFactors> factors,
      int[] withoutGradientBelow,
      double[] totals) {
    double[] layer = new double[totals.length];
    for (int g = 0; g < parts.size(); g++) {
      double[] part = scorer.score(parts.get(g), factors.get(g), withoutGradientBelow[g]);
      Arrays.setAll(layer, i -> layer[i] + part[i]);
    }
    Arrays.setAll(totals, i -> totals[i] + layer[i]);
    return firstNonFinite(layer);
  }

  private static OptionalDouble firstNonFinite(double[] scores) {
    return Arrays.stream(scores).filter(score -> !Double.isFinite(score)).findFirst();
  }

  /** {@code sums[:, first : first + count] += scores}. */
  private void addTo(long sums, long scores, int count, int first) {
    CudaException.check(
        Kernels.addScores(scores, queries, count, sums, examples, first, engine.stream()),
        "infl_cuda_add_scores");
  }

  @Override
  public void offer(long firstExample) {
    engine.run(
        () -> {
          if (hostTotals == null) {
            offer(sums.address(), examples, firstExample);
          } else {
            offer(hostTotals, firstExample);
          }
          examples = -1;
        });
  }

  /** Offers scores on the host, as many examples at a time as fit. */
  private void offer(double[] totals, long firstExample) {
    int step = (int) Math.max(1, Math.min(examples, part(engine) / (8L * queries)));
    for (int first = 0; first < examples; first += step) {
      int count = Math.min(step, examples - first);
      double[] columns = Columns.take(totals, examples, first, count);
      long scores = engine.scratch(Scratch.Slot.OUT, 8L * columns.length);
      Transfers.upload(engine.staging(), scores, columns);
      offer(scores, count, firstExample + first);
    }
  }

  private void offer(long scores, int count, long firstExample) {
    for (int sign : SIGNS) {
      CudaException.check(
          Kernels.topkUpdate(
              scores,
              count,
              count,
              sign,
              0,
              firstExample,
              values(sign),
              ids(sign),
              queries,
              k,
              engine.stream()),
          "infl_cuda_topk_update");
    }
  }

  @Override
  public List<Entry> kept(int query) {
    return engine.locked(
        () -> {
          List<Entry> entries = new ArrayList<>();
          long row = 8L * query * k;
          for (int sign : SIGNS) {
            double[] scores =
                Transfers.doubles(engine.staging(), values(sign) + row, ElementType.F64, k);
            long[] numbers = Transfers.longs(engine.staging(), ids(sign) + row, k);
            for (int i = 0; i < k && scores[i] > 0; i++) {
              entries.add(new Entry(numbers[i], sign * scores[i]));
            }
          }
          return entries;
        });
  }

  @Override
  public void close() {
    Releases releases = new Releases();
    releases.run(() -> engine.free(sums));
    releases.run(() -> engine.free(state));
    releases.rethrow();
  }
}
