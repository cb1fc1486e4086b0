/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import java.util.Iterator;
import java.util.function.Function;

/**
 * A data set seen through a DJL model: the gradients of its training examples or queries.
 *
 * <pre>{@code
 * DjlGradients<Batch> train = new DjlGradients<>(taps, trainBatches, batch ->
 *     ModelOutput.classification(taps.forward(net, batch.inputs()), batch.labels()));
 * FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
 * }</pre>
 *
 * <p>Each batch has an {@code NDManager} and an {@code NDScope} of its own: arrays made while it is
 * drawn from the batches and run, with whatever manager, are closed when the library has used it.
 * Make arrays that last, such as the model or a data set held in memory, before the replay.
 *
 * <p>Gradients are taken with respect to layer outputs only; the model's own gradients stay as they
 * are.
 *
 * @param <B> what the user calls a batch: examples of one or several lengths
 */
public final class DjlGradients<B> {
  private final Taps taps;
  private final Iterable<? extends B> batches;
  private final Function<? super B, ModelOutput> model;

  /**
   * A data set and a model.
   *
   * @param taps the model's tapped layers
   * @param batches the data, the same each time they are iterated over; neither the cut into
   *     batches nor the padding changes results
   * @param model runs the model on a batch, by {@link Taps#forward(ai.djl.nn.Block, NDArray)}
   */
  public DjlGradients(
      Taps taps, Iterable<? extends B> batches, Function<? super B, ModelOutput> model) {
    this.taps = taps;
    this.batches = batches;
    this.model = model;
  }

  /**
   * Another data set seen through the same model, such as the queries.
   *
   * @param others batches of the other data set
   * @return its gradients
   */
  public DjlGradients<B> over(Iterable<? extends B> others) {
    return new DjlGradients<>(taps, others, model);
  }

  /**
   * Gradients for the labels of the data: what scores want of training examples and of queries. A
   * curvature fitted to them is the empirical Fisher.
   *
   * @return a source, replayable as often as the batches are
   */
  public GradientSource dataLabels() {
    return source((output, first) -> output.dataLoss());
  }

  /**
   * Gradients for labels sampled from the model: what fitting wants (the true Fisher).
   *
   * @param sampler draws the labels; the label of a row depends on its seed, the number of the
   *     example and the number of the row, padding not counted
   * @return a source, replayable as often as the batches are
   */
  public GradientSource sampledLabels(LabelSampler sampler) {
    return source((output, first) -> output.sampledLoss(sampler, first));
  }

  private interface Choice {
    Loss of(ModelOutput output, long firstExample);
  }

  private GradientSource source(Choice loss) {
    return sink -> {
      Iterator<? extends B> iterator = batches.iterator();
      long first = 0;
      int examples = pushNext(iterator, loss, first, sink);
      while (examples > 0) {
        first += examples;
        examples = pushNext(iterator, loss, first, sink);
      }
    };
  }

  /** Pushes the next batch, within a scope of its own; returns its examples, 0 at the end. */
  @SuppressWarnings("try") // guard and scope are used by being open
  private int pushNext(Iterator<? extends B> iterator, Choice loss, long first, GradientSink sink) {
    try (BufferGuard guard = BufferGuard.open();
        NDScope scope = new NDScope();
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      if (!iterator.hasNext()) {
        return 0;
      }
      B batch = iterator.next();
      GradientBatch captured =
          taps.capture(manager, () -> model.apply(batch), output -> loss.of(output, first));
      sink.accept(captured);
      return captured.examples();
    }
  }
}
