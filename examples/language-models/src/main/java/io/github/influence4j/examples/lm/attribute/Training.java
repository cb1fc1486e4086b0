/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.bytedeco.pytorch.global.torch.clip_grad_norm_;
import static org.bytedeco.pytorch.global.torch.cross_entropy;

import io.github.influence4j.capture.CounterRandom;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/** Trains what a model has to train: the matrices of its adapter, or all it has without one. */
final class Training {
  private static final double CLIP = 1;
  private static final int BATCH = 8;

  private final LanguageModel model;
  private final List<TokenSequence> texts;
  private final int steps;
  private final double rate;
  private final long seed;

  /**
   * A training.
   *
   * @param model opened with gradients of its parameters
   * @param texts to predict
   * @param steps each with a batch of texts
   * @param rate at the begin; falls to nothing
   * @param seed of the order
   */
  Training(LanguageModel model, List<TokenSequence> texts, int steps, double rate, long seed) {
    this.model = model;
    this.texts = texts;
    this.steps = steps;
    this.rate = rate;
    this.seed = seed;
  }

  /** Told about each step. */
  @FunctionalInterface
  interface Listener {
    void onStep(int step, double loss);
  }

  /**
   * Trains.
   *
   * @throws ArithmeticException if the loss is no finite number any more
   */
  @SuppressWarnings("try") // scopes are guards
  void run(Listener listener) {
    try (PointerScope all = new PointerScope()) {
      TensorVector parameters = new TensorVector();
      model.parameters().values().forEach(parameters::push_back);
      AdamWOptions options = new AdamWOptions(rate);
      options.weight_decay().put(0);
      AdamW optimizer = new AdamW(parameters, options);
      for (int step = 0; step < steps; step++) {
        try (PointerScope scope = new PointerScope()) {
          double share = (double) (steps - step) / steps;
          optimizer.param_groups().get(0).options().set_lr(rate * share);
          optimizer.zero_grad();
          Tensor loss = loss(batch(step));
          loss.backward();
          double value = loss.item_double();
          if (!Double.isFinite(value)) {
            throw new ArithmeticException(
                "The loss of step " + step + " is " + value + "; lower --rate.");
          }
          clip_grad_norm_(parameters, CLIP);
          optimizer.step();
          listener.onStep(step + 1, value);
        }
      }
    }
  }

  private List<TokenSequence> batch(int step) {
    int size = Math.min(BATCH, texts.size());
    TokenSequence[] out = new TokenSequence[size];
    for (int i = 0; i < size; i++) {
      double drawn = CounterRandom.uniform(seed, step, i);
      out[i] = texts.get((int) (drawn * texts.size()));
    }
    return List.of(out);
  }

  /** Mean over all that is to be predicted. */
  private Tensor loss(List<TokenSequence> batch) {
    int rows = batch.stream().mapToInt(TokenSequence::length).max().orElseThrow() - 1;
    long[][] ids = new long[batch.size()][rows];
    long[][] mask = new long[batch.size()][rows];
    long[] next = new long[batch.size() * rows];
    Arrays.fill(next, TokenSequence.IGNORED);
    for (int s = 0; s < batch.size(); s++) {
      int own = batch.get(s).length() - 1;
      System.arraycopy(batch.get(s).ids(), 0, ids[s], 0, own);
      System.arraycopy(batch.get(s).labels(), 1, next, s * rows, own);
      Arrays.fill(mask[s], 0, own, 1);
    }
    Tensor logits = model.logits(ids, mask, null);
    return cross_entropy(
        logits.reshape(-1, logits.size(2)), AbstractTensor.create(next, next.length));
  }
}
