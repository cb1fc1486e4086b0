/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A data set seen through a model of some framework, batch by batch; what the adapters' {@code
 * TorchGradients} and {@code DjlGradients} have in common. A subclass opens the scope in which its
 * framework keeps the arrays of one batch:
 *
 * <pre>{@code
 * @Override
 * protected boolean pushNext(Replay<B> replay) {
 *   try (PointerScope scope = new PointerScope()) {
 *     return replay.push(batch -> taps.capture(
 *         () -> model.apply(batch), output -> output.loss(replay.sampler(), replay.firstExample())));
 *   }
 * }
 * }</pre>
 *
 * @param <B> what the user calls a batch: examples of one or several lengths
 */
public abstract class ModelGradients<B> {
  private final Iterable<? extends B> batches;

  /**
   * A data set.
   *
   * @param batches the same each time they are iterated over
   */
  protected ModelGradients(Iterable<? extends B> batches) {
    this.batches = batches;
  }

  /**
   * Gradients for the labels of the data: what scores want of training examples and of queries. A
   * curvature fitted to them is the empirical Fisher.
   *
   * @return a source, replayable as often as the batches are
   */
  public final GradientSource dataLabels() {
    return sink -> replay(null, sink);
  }

  /**
   * Gradients for labels sampled from the model: what fitting wants (the true Fisher).
   *
   * @param sampler draws the labels; the label of a row depends on its seed, the number of the
   *     example and the number of the row, padding not counted
   * @return a source, replayable as often as the batches are
   */
  public final GradientSource sampledLabels(LabelSampler sampler) {
    return sink -> replay(sampler, sink);
  }

  private void replay(@Nullable LabelSampler sampler, GradientSink sink) {
    Replay<B> replay = new Replay<>(batches.iterator(), sampler, sink);
    boolean more = true;
    while (more) {
      more = pushNext(replay);
    }
  }

  /**
   * Calls {@link Replay#push} once, within a scope that frees what the batch left; or draws several
   * batches and hands on as many.
   *
   * @param replay where the replay stands
   * @return what {@code push} returned
   */
  protected abstract boolean pushNext(Replay<B> replay);

  /**
   * Where a replay stands.
   *
   * @param <B> a batch
   */
  protected static final class Replay<B> {
    private final Iterator<? extends B> rest;
    private final @Nullable LabelSampler sampler;
    private final GradientSink sink;
    private long firstExample;

    private Replay(Iterator<? extends B> rest, @Nullable LabelSampler sampler, GradientSink sink) {
      this.rest = rest;
      this.sampler = sampler;
      this.sink = sink;
    }

    /**
     * What draws the labels.
     *
     * @return null for the labels of the data
     */
    public @Nullable LabelSampler sampler() {
      return sampler;
    }

    /**
     * The first example of the next batch to be handed on.
     *
     * @return its number in the data set
     */
    public long firstExample() {
      return firstExample;
    }

    /**
     * Draws the next batch, captures it and hands it on.
     *
     * @param capture runs the model on a batch
     * @return false at the end of the data, when there was no batch
     */
    public boolean push(Function<? super B, GradientBatch> capture) {
      List<B> next = draw(1);
      if (next.isEmpty()) {
        return false;
      }
      hand(capture.apply(next.get(0)));
      return true;
    }

    /**
     * Draws several batches, for adapters that capture them at the same time.
     *
     * @param most how many
     * @return the next batches, fewer at the end of the data
     */
    public List<B> draw(int most) {
      List<B> next = new ArrayList<>();
      while (next.size() < most && rest.hasNext()) {
        next.add(rest.next());
      }
      return next;
    }

    /**
     * Hands on what was captured; in the order in which the batches were drawn.
     *
     * @param captured of the first batch that was drawn and not handed on
     */
    public void hand(GradientBatch captured) {
      sink.accept(captured);
      firstExample += captured.examples();
    }
  }
}
