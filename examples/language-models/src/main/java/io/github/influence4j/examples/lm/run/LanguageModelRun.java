/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.model.Gpt2;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
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
 * Trains a model in a folder and fits its curvature. Each step is kept in the folder as soon as it
 * is finished, and taken from there when the same run is started again.
 */
public final class LanguageModelRun {
  private static final int GRADIENT_BATCH = 16;
  private static final long CHECKPOINT_NANOS = 30_000_000_000L;
  private static final double SMOOTHING = 0.05;

  private final List<TokenSequence> training;
  private final Gpt2 beginning;
  private final TrainingPlan plan;
  private final RunFolder folder;
  private final int threads;
  private final Interruption interruption;
  private final PrintWriter err;
  private final StageProgress progress;

  /**
   * A run, new or begun before.
   *
   * @param training what is learnt from and scored
   * @param beginning the model before its training
   * @param plan of the training; its seed is also that of the weights and sampled labels
   * @param folder keeps what is finished; stays the caller's to close
   * @param threads that may work at once
   * @param interruption stops the run
   * @param err where progress is shown
   * @throws IOException if the folder cannot be used
   * @throws IllegalArgumentException if the folder holds another run
   */
  public LanguageModelRun(
      List<TokenSequence> training,
      Gpt2 beginning,
      TrainingPlan plan,
      RunFolder folder,
      int threads,
      Interruption interruption,
      PrintWriter err)
      throws IOException {
    Torch.load();
    this.training = training;
    this.beginning = beginning;
    this.plan = plan;
    this.folder = folder;
    this.threads = threads;
    this.interruption = interruption;
    this.err = err;
    this.progress = new StageProgress(err, training.size());
    folder.require(description());
  }

  private Map<String, String> description() {
    int text = 1;
    for (TokenSequence sequence : training) {
      text = 31 * text + Arrays.hashCode(sequence.ids());
    }
    return new TreeMap<>(
        Map.of(
            "sequences", Integer.toString(training.size()),
            "text", Integer.toHexString(text),
            "model", "GPT-2 of " + beginning.shape(),
            "training", plan.toString()));
  }

  /**
   * Trains, or goes on with it, and leaves the model in the folder as transformers would.
   *
   * @return the trained model, as it is read from the folder; to be closed
   * @throws IOException if a checkpoint cannot be read or written
   * @throws CancellationException if interrupted; the checkpoint is saved then
   */
  public LanguageModel train() throws IOException {
    Path directory = folder.model();
    if (!Gpt2.in(directory)) {
      beginning.begin(directory, plan.seed());
    }
    try (LanguageModel model = LanguageModel.builder(directory).withParameterGradients().open();
        Trainer trainer = new Trainer(model, training, plan, threads)) {
      Optional<Path> finished = folder.newestCheckpoint();
      if (finished.isPresent()) {
        trainer.restore(finished.get());
      }
      train(trainer);
      Gpt2.save(model, directory);
    }
    return LanguageModel.builder(directory).batchSize(GRADIENT_BATCH).threads(threads).open();
  }

  private void train(Trainer trainer) throws IOException {
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

  /**
   * The engine for the model, with progress and interruption.
   *
   * @param model trained
   * @param options how influence is computed
   * @return to be closed
   */
  public Influence engine(LanguageModel model, EngineOptions options) {
    return options
        .builder(model.layers())
        .threads(threads)
        .progress(progress)
        .cancelWhen(interruption::requested)
        .build();
  }

  /**
   * What the engine tells of its passes.
   *
   * @return shown until now as passes over the training sequences
   */
  public StageProgress progress() {
    return progress;
  }

  /**
   * Fits the curvature to labels that the model itself would give, or loads it.
   *
   * @param model trained
   * @param influence the engine
   * @param options that the engine was made with
   * @return the curvature
   * @throws IOException if the factors cannot be read or written
   */
  public FittedCurvature fit(LanguageModel model, Influence influence, EngineOptions options)
      throws IOException {
    LabelSampler sampler = new LabelSampler(plan.seed());
    return folder.factors(
        options.strategyName() + " " + options.precision(),
        model.layers(),
        () -> influence.fit(model.gradients(training).sampledLabels(sampler)));
  }
}
