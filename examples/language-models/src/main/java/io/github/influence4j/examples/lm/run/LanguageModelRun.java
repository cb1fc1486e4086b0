/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.SequenceGradients;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.model.Transformer;
import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;

/**
 * Trains a model and scores its training sequences. Each step is kept in a folder as soon as it is
 * finished, and taken from there when the same run is started again.
 */
public final class LanguageModelRun {
  private static final int GRADIENT_BATCH = 16;
  private static final long CHECKPOINT_NANOS = 30_000_000_000L;
  private static final double SMOOTHING = 0.05;

  private final List<Sequence> training;
  private final TrainingPlan plan;
  private final RunFolder folder;
  private final Interruption interruption;
  private final PrintWriter err;
  private final int threads;
  private final Transformer model;
  private final SequenceGradients gradients;

  /**
   * A run, new or begun before.
   *
   * @param training what is learnt from and scored
   * @param shape of the model
   * @param plan of the training; its seed is also that of the weights and sampled labels
   * @param folder keeps what is finished; stays the caller's to close
   * @param threads that may work at once
   * @param interruption stops the run
   * @param err where progress is shown
   * @throws IOException if the folder cannot be used
   * @throws IllegalArgumentException if the folder holds another run
   */
  public LanguageModelRun(
      List<Sequence> training,
      ModelShape shape,
      TrainingPlan plan,
      RunFolder folder,
      int threads,
      Interruption interruption,
      PrintWriter err)
      throws IOException {
    Torch.load();
    this.training = training;
    this.plan = plan;
    this.folder = folder;
    this.interruption = interruption;
    this.err = err;
    this.threads = threads;
    folder.require(description(training, shape, plan));
    this.model = new Transformer(shape, plan.seed());
    this.gradients = new SequenceGradients(model, GRADIENT_BATCH);
  }

  private static Map<String, String> description(
      List<Sequence> training, ModelShape shape, TrainingPlan plan) {
    int text = 1;
    for (Sequence sequence : training) {
      text = 31 * text + Arrays.hashCode(sequence.tokens());
    }
    return new TreeMap<>(
        Map.of(
            "sequences", Integer.toString(training.size()),
            "text", Integer.toHexString(text),
            "model", shape.toString(),
            "training", plan.toString()));
  }

  /**
   * The model; as good as its training so far.
   *
   * @return the one that {@link #train} changes
   */
  public Transformer model() {
    return model;
  }

  /**
   * Gradients of sequences seen through the model.
   *
   * @return usable once the model is trained
   */
  public SequenceGradients gradients() {
    return gradients;
  }

  /**
   * Trains, or goes on with it.
   *
   * @throws IOException if a checkpoint cannot be read or written
   * @throws CancellationException if interrupted; the checkpoint is saved then
   */
  public void train() throws IOException {
    try (Trainer trainer = new Trainer(model, training, plan, threads)) {
      Optional<Path> finished = folder.newestCheckpoint();
      if (finished.isPresent()) {
        trainer.restore(finished.get());
      }
      ProgressBar bar = new ProgressBar(err, "training", plan.steps(), trainer.step());
      long saved = System.nanoTime();
      double loss = Double.NaN;
      while (!trainer.done()) {
        double current = trainer.update();
        loss = Double.isNaN(loss) ? current : loss + SMOOTHING * (current - loss);
        bar.update(trainer.step(), String.format(Locale.ROOT, "loss %.3f", loss));
        boolean due = System.nanoTime() - saved > CHECKPOINT_NANOS;
        if (due || trainer.done() || interruption.requested()) {
          folder.keepCheckpoint();
          trainer.save(folder.checkpoint());
          saved = System.nanoTime();
        }
        if (interruption.requested()) {
          throw new CancellationException(
              "Stopped after step " + trainer.step() + " of " + plan.steps() + ".");
        }
      }
    }
  }

  /**
   * The engine for the model, with progress and interruption.
   *
   * @param options how influence is computed
   * @return to be closed
   */
  public Influence engine(EngineOptions options) {
    return options
        .builder(model.layers())
        .threads(threads)
        .progress(new StageProgress(err, training.size()))
        .cancelWhen(interruption::requested)
        .build();
  }

  /**
   * Fits the curvature to labels that the model itself would give, or loads it.
   *
   * @param influence the engine
   * @param options that the engine was made with
   * @return the curvature
   * @throws IOException if the factors cannot be read or written
   */
  public FittedCurvature fit(Influence influence, EngineOptions options) throws IOException {
    LabelSampler sampler = new LabelSampler(plan.seed());
    return folder.factors(
        options.strategyName() + " " + options.precision(),
        model.layers(),
        () -> influence.fit(gradients.of(training).sampledLabels(sampler)));
  }

  /**
   * Scores all training sequences.
   *
   * @param influence the engine
   * @param curvature fitted
   * @param queries what to explain
   * @param options what to keep
   * @return the scores
   */
  public InfluenceScores score(
      Influence influence,
      FittedCurvature curvature,
      List<Sequence> queries,
      ScoreOptions options) {
    return influence.score(
        curvature,
        gradients.of(queries).dataLabels(),
        gradients.of(training).dataLabels(),
        options);
  }
}
