/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.pytorch.ModelOutput;
import io.github.influence4j.pytorch.TorchGradients;
import java.util.Arrays;
import java.util.List;

/**
 * The gradients of sequences seen through a model. The loss of a sequence is the sum over its
 * tokens, those of its prompt left out.
 *
 * <pre>{@code
 * SequenceGradients gradients = new SequenceGradients(model, 16);
 * FittedCurvature curvature =
 *     influence.fit(gradients.of(training).sampledLabels(new LabelSampler(1)));
 * influence.score(curvature, gradients.of(queries).dataLabels(),
 *     gradients.of(training, candidates).dataLabels(), options);
 * }</pre>
 */
public final class SequenceGradients {
  private final Transformer model;
  private final int batchSize;

  /**
   * Of a trained model.
   *
   * @param model must not change any more
   * @param batchSize sequences run at once; matters for speed and memory only
   */
  public SequenceGradients(Transformer model, int batchSize) {
    this.model = model;
    this.batchSize = batchSize;
  }

  /**
   * Of some sequences.
   *
   * @param sequences training sequences or queries
   * @return their gradients, in this order
   */
  public TorchGradients<List<Sequence>> of(List<Sequence> sequences) {
    return new TorchGradients<>(
        model.taps(), SequenceBatch.cut(sequences, batchSize), this::output);
  }

  /**
   * Of a few of many sequences, such as the candidates that a filter found. To be taken with {@code
   * dataLabels()}: sampled labels would be those of other numbers.
   *
   * @param sequences all of them
   * @param examples the numbers of those wanted
   * @return their gradients, in the order of the numbers given
   */
  public TorchGradients<List<Sequence>> of(List<Sequence> sequences, int... examples) {
    return of(Arrays.stream(examples).mapToObj(sequences::get).toList());
  }

  private ModelOutput output(List<Sequence> sequences) {
    SequenceBatch batch = SequenceBatch.of(sequences);
    return ModelOutput.classification(model.forward(batch.ids()), batch.labels())
        .withMask(batch.mask());
  }
}
