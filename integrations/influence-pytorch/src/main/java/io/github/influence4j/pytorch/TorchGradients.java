/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.ModelGradients;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;

/**
 * A data set seen through a PyTorch model: the gradients of its training examples or queries.
 *
 * <pre>{@code
 * net.eval(); // no dropout, no batch statistics: every replay must give the same
 * TorchGradients<Batch> train = new TorchGradients<>(taps, trainBatches,
 *     batch -> ModelOutput.classification(net.forward(batch.inputs()), batch.labels()));
 * FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
 * }</pre>
 *
 * <p>Each batch has a {@code PointerScope} of its own: tensors made while it is drawn from the
 * batches and run are freed when the library has used it. Make tensors that last, such as the model
 * or a data set held in memory, before the replay.
 *
 * <p>Gradients are taken with respect to layer outputs only, so parameters may be frozen with
 * {@code requires_grad_(false)}, which saves time.
 *
 * @param <B> what the user calls a batch: examples of one or several lengths
 */
public final class TorchGradients<B> extends ModelGradients<B> {
  private final Taps taps;
  private final Function<? super B, ModelOutput> model;

  /**
   * A data set and a model.
   *
   * @param taps the model's tapped layers
   * @param batches the data, the same each time they are iterated over; neither the cut into
   *     batches nor the padding changes results
   * @param model runs the model on a batch
   */
  public TorchGradients(
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
  public TorchGradients<B> over(Iterable<? extends B> others) {
    return new TorchGradients<>(taps, others, model);
  }

  @Override
  @SuppressWarnings("try") // the scope is a guard
  protected boolean pushNext(Replay<B> replay) {
    try (PointerScope scope = new PointerScope()) {
      return replay.push(
          batch ->
              taps.capture(
                  () -> model.apply(batch),
                  output -> output.loss(replay.sampler(), replay.firstExample())));
    }
  }
}
