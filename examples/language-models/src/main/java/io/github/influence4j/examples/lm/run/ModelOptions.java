/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Options of the model and its training; those not given come from a preset. */
public final class ModelOptions {
  /**
   * What holds where an option is not given.
   *
   * @param shape of the model, with the largest vocabulary
   * @param steps of training
   * @param batch sequences a step
   * @param rate the highest learning rate
   */
  public record Preset(ModelShape shape, int steps, int batch, double rate) {}

  @Option(names = "--vocabulary", paramLabel = "N", description = "Tokens to tell apart, at most.")
  private @Nullable Integer vocabulary;

  @Option(names = "--context", paramLabel = "T", description = "Tokens of a sequence, at most.")
  private @Nullable Integer context;

  @Option(names = "--width", paramLabel = "D", description = "Width of the model.")
  private @Nullable Integer width;

  @Option(names = "--layers", paramLabel = "L", description = "Blocks of the model.")
  private @Nullable Integer layers;

  @Option(names = "--heads", paramLabel = "H", description = "Attention heads of a block.")
  private @Nullable Integer heads;

  @Option(names = "--steps", paramLabel = "N", description = "Training steps.")
  private @Nullable Integer steps;

  @Option(names = "--batch", paramLabel = "B", description = "Sequences of a training step.")
  private @Nullable Integer batch;

  @Option(names = "--rate", paramLabel = "R", description = "Highest learning rate.")
  private @Nullable Double rate;

  @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: 1).")
  private long seed = 1;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads; they do not change the model (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  /**
   * The size of the vocabulary to learn.
   *
   * @param preset where it is not given
   * @return tokens, at most
   */
  public int vocabulary(Preset preset) {
    return or(vocabulary, preset.shape().vocabulary());
  }

  /**
   * The longest sequence.
   *
   * @param preset where it is not given
   * @return tokens
   */
  public int context(Preset preset) {
    int length = or(context, preset.shape().context());
    require(length >= 2, "--context must be at least 2, got " + length);
    return length;
  }

  /**
   * The model.
   *
   * @param preset for what is not given
   * @param tokens of the vocabulary that was learnt
   * @return its sizes
   */
  public ModelShape shape(Preset preset, int tokens) {
    return new ModelShape(
        tokens,
        context(preset),
        or(width, preset.shape().width()),
        or(layers, preset.shape().layers()),
        or(heads, preset.shape().heads()));
  }

  /**
   * The training.
   *
   * @param preset for what is not given
   * @return how to train
   */
  public TrainingPlan plan(Preset preset) {
    return new TrainingPlan(
        or(steps, preset.steps()),
        or(batch, preset.batch()),
        rate == null ? preset.rate() : rate,
        seed);
  }

  /**
   * Threads that may work at once.
   *
   * @return at least 1
   */
  public int threads() {
    require(threads >= 1, "--threads must be at least 1, got " + threads);
    return threads;
  }

  private static int or(@Nullable Integer given, int preset) {
    return given == null ? preset : given;
  }

  private static void require(boolean condition, String message) {
    if (!condition) {
      throw new IllegalArgumentException(message);
    }
  }
}
