/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.ExampleRows;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.TopScores;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Streaming selection in device memory: of a batch only whether all is finite comes to the host.
 */
final class DeviceTopScores implements TopScores {
  /** What the kernel has room for. */
  static final int MAX_K = 1024;

  /** The highest scores, and the lowest times -1. */
  private static final int[] SIGNS = {1, -1};

  private final CudaContext context;
  private final RowUploads uploads;
  private final Scorer scorer;
  private final int queries;
  private final int k;

  /** For each sign [queries, k] scores in float64, then as many example numbers. */
  private final DeviceMemory state;

  /** [queries, examples] of the current batch in float64; grows. */
  private DeviceMemory totals;

  private int examples = -1;

  /** Allocates; under the context's lock. */
  DeviceTopScores(CudaContext context, RowUploads uploads, Scorer scorer, int queries, int k) {
    this.context = context;
    this.uploads = uploads;
    this.scorer = scorer;
    this.queries = queries;
    this.k = k;
    state = context.heap().allocate(2 * 16L * queries * k, MemoryUse.TENSOR);
    try {
      totals = context.heap().allocate(0, MemoryUse.WORK);
      for (int sign : SIGNS) {
        CudaContext.check(
            Kernels.topkClear(values(sign), ids(sign), queries, k, context.stream()),
            "infl_cuda_topk_clear");
      }
    } catch (RuntimeException e) {
      context.discard(state, e);
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
    return context.locked(() -> added(parts, factors, withoutGradientBelow));
  }

  private OptionalDouble added(
      List<ExampleRows> parts, List<QueryFactors> factors, int[] withoutGradientBelow) {
    int count = parts.get(0).examples();
    long bytes = 8L * queries * count;
    if (examples < 0) {
      begin(bytes);
      examples = count;
    }
    long layer = context.scratch(Scratch.Slot.LAYER, bytes);
    context.clear(layer, bytes);
    for (int g = 0; g < parts.size(); g++) {
      scorer.score(
          parts.get(g),
          factors.get(g),
          withoutGradientBelow[g],
          (scores, first, part) -> addTo(layer, scores, part, first));
    }
    addTo(totals.address(), layer, count, 0);
    return uploads.allFinite(layer, queries, count)
        ? OptionalDouble.empty()
        : Arrays.stream(
                Transfers.doubles(
                    context.staging(), layer, ElementType.F64, Math.toIntExact(bytes / 8)))
            .filter(score -> !Double.isFinite(score))
            .findFirst();
  }

  private void begin(long bytes) {
    if (totals.bytes() < bytes) {
      DeviceMemory larger = context.heap().allocate(bytes, MemoryUse.WORK);
      DeviceMemory smaller = totals;
      totals = larger;
      context.heap().free(smaller);
    }
    context.clear(totals.address(), bytes);
  }

  /** {@code sums[:, first : first + count] += scores}. */
  private void addTo(long sums, long scores, int count, int first) {
    CudaContext.check(
        Kernels.addScores(scores, queries, count, sums, examples, first, context.stream()),
        "infl_cuda_add_scores");
  }

  @Override
  public void offer(long firstExample) {
    context.run(
        () -> {
          for (int sign : SIGNS) {
            CudaContext.check(
                Kernels.topkUpdate(
                    totals.address(),
                    examples,
                    examples,
                    sign,
                    0,
                    firstExample,
                    values(sign),
                    ids(sign),
                    queries,
                    k,
                    context.stream()),
                "infl_cuda_topk_update");
          }
          examples = -1;
        });
  }

  @Override
  public List<Entry> kept(int query) {
    return context.locked(
        () -> {
          List<Entry> entries = new ArrayList<>();
          long row = 8L * query * k;
          for (int sign : SIGNS) {
            double[] scores =
                Transfers.doubles(context.staging(), values(sign) + row, ElementType.F64, k);
            long[] numbers = Transfers.longs(context.staging(), ids(sign) + row, k);
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
    releases.run(() -> context.free(totals));
    releases.run(() -> context.free(state));
    releases.rethrow();
  }
}
