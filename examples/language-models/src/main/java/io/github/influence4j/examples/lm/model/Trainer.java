/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * Trains what a model has to train: the matrices of its adapter, or all it has without one. What a
 * step does depends on its number and on the state alone, so a run that was saved and restored ends
 * like one that was not interrupted.
 */
@SuppressWarnings("try") // scopes are guards
public final class Trainer implements AutoCloseable {
  /** The longest gradient, over all parameters. */
  private static final double CLIP = 1;

  private final List<TokenSequence> training;
  private final TrainingPlan plan;
  private final AdamW optimizer;
  private final Shuffle order;
  private final BatchGradient gradient;
  private int step;

  /**
   * Before the first step.
   *
   * @param model opened with gradients of its parameters; changes in place
   * @param training to learn from, in a fixed order
   * @param plan how
   * @param threads that may work at once; the result does not depend on it
   */
  public Trainer(
      LanguageModel model, List<TokenSequence> training, TrainingPlan plan, int threads) {
    if (training.isEmpty()) {
      throw new IllegalArgumentException("There is nothing to learn from: no sequences.");
    }
    this.training = List.copyOf(training);
    this.plan = plan;
    this.optimizer = new AdamW(model.parameters());
    this.order = new Shuffle(training.size(), plan.seed());
    this.gradient = new BatchGradient(model, threads);
  }

  /**
   * Steps done.
   *
   * @return 0 to the steps of the plan
   */
  public int step() {
    return step;
  }

  /**
   * Whether the plan is fulfilled.
   *
   * @return true after the last step
   */
  public boolean done() {
    return step >= plan.steps();
  }

  /**
   * One step.
   *
   * @return the mean loss of its batch before the step, nats a token
   * @throws ArithmeticException if the loss is no finite number any more
   */
  public double update() {
    try (PointerScope scope = new PointerScope()) {
      BatchGradient.Result batch = gradient.of(nextBatch());
      if (!Double.isFinite(batch.loss())) {
        throw new ArithmeticException(
            "The loss of step " + step + " is " + batch.loss() + "; lower the learning rate.");
      }
      clip(batch.parameters());
      optimizer.step(batch.parameters(), plan.rate(step), step + 1);
      step++;
      return batch.loss();
    }
  }

  private static void clip(List<Tensor> gradients) {
    double squares = 0;
    for (Tensor each : gradients) {
      squares += Math.pow(each.norm().item_double(), 2);
    }
    double norm = Math.sqrt(squares);
    if (norm > CLIP) {
      gradients.forEach(each -> each.mul_(new Scalar(CLIP / norm)));
    }
  }

  private List<TokenSequence> nextBatch() {
    List<TokenSequence> batch = new ArrayList<>();
    for (int i = 0; i < plan.batchSize(); i++) {
      batch.add(training.get(order.at((long) step * plan.batchSize() + i)));
    }
    return batch;
  }

  /**
   * The loss of a model, without learning from it.
   *
   * @param model any
   * @param sequences to predict
   * @param batchSize sequences run at once
   * @return mean over all tokens to be predicted, in nats a token; NaN without sequences
   */
  public static double meanLoss(LanguageModel model, List<TokenSequence> sequences, int batchSize) {
    double sum = 0;
    for (List<TokenSequence> batch : BatchGradient.cut(sequences, batchSize)) {
      sum += BatchGradient.lossOf(model, batch);
    }
    return sum / BatchGradient.targets(sequences);
  }

  /**
   * Saves parameters, optimizer and step. The file appears complete or not at all, and with a
   * checksum.
   *
   * @param file created or replaced
   * @throws IOException if writing fails
   */
  public void save(Path file) throws IOException {
    new TrainingState(optimizer.state()).save(file, step);
  }

  /**
   * Goes on where another trainer of the same model was saved.
   *
   * @param file written by {@link #save}
   * @throws IOException if the file cannot be read, is damaged or is of another model
   */
  public void restore(Path file) throws IOException {
    step = new TrainingState(optimizer.state()).restore(file);
  }

  /** Ends the threads. */
  @Override
  public void close() {
    gradient.close();
  }
}
