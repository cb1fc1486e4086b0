/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.github.influence4j.capture.ModelGradients;
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
public final class DjlGradients<B> extends ModelGradients<B> {
  private final Taps taps;
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
    super(batches);
    this.taps = taps;
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

  @Override
  @SuppressWarnings("try") // guard and scope are used by being open
  protected boolean pushNext(Replay<B> replay) {
    try (BufferGuard guard = BufferGuard.open();
        NDScope scope = new NDScope();
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      return replay.push(
          batch ->
              taps.capture(
                  manager,
                  () -> model.apply(batch),
                  output -> output.loss(replay.sampler(), replay.firstExample())));
    }
  }
}
