/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.examples.lm.attribute.Texts.Text;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.model.TrainingPlan;
import io.github.influence4j.examples.lm.run.ProgressBar;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A small LoRA fine-tune, to have something of which the cause is known. */
@Command(
    name = "finetune",
    description =
        "Trains a LoRA adapter for a model that transformers saved, and saves it as PEFT does;"
            + " attribute --adapter then finds what it learnt from which text.")
public final class FinetuneCommand implements Callable<Integer> {
  private static final int BATCH = 8;

  @Mixin private ModelOption model = new ModelOption();

  @Option(
      names = "--corpus",
      paramLabel = "PATH",
      arity = "1..*",
      required = true,
      description = "Texts to learn from, as attribute takes them.")
  private List<Path> corpus = List.of();

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "A new folder for the adapter.")
  private Path out = Path.of("");

  @Mixin private LayersOption layers = new LayersOption();

  @Option(names = "--rank", paramLabel = "R", description = "Of the updates (default: 8).")
  private int rank = 8;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Steps of training, with 8 texts each (default: 200).")
  private int steps = 200;

  @Option(
      names = "--rate",
      paramLabel = "R",
      description = "Highest learning rate (default: 0.005).")
  private double rate = 0.005;

  @Option(
      names = "--sequence-length",
      paramLabel = "N",
      description = "Tokens of a sequence that texts are cut into (default: 128).")
  private int length = 128;

  @Option(names = "--seed", paramLabel = "N", description = "Of everything random (default: 1).")
  private long seed = 1;

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  public FinetuneCommand() {}

  @Override
  public Integer call() throws IOException {
    if (rank < 1 || steps < 1 || length < 2 || !(rate > 0)) {
      throw new IllegalArgumentException(
          "--rank and --steps must be at least 1, --sequence-length at least 2, --rate above 0.");
    }
    Torch.load();
    LoraDirectory adapter = new LoraDirectory(out);
    List<Text> texts = Texts.read(corpus);
    try (LanguageModel base =
        LanguageModel.builder(model.directory()).layers(layers.choice()).open()) {
      adapter.begin(model.directory(), base, rank, seed);
    }
    try (LanguageModel adapted =
        LanguageModel.builder(model.directory())
            .adapter(out)
            .precision(ElementType.F32)
            .withParameterGradients()
            .open()) {
      int most = Math.min(length, Math.max(2, adapted.context()));
      List<TokenSequence> sequences =
          new Pieces(adapted.tokenizer(), most).of(texts).stream().map(Piece::sequence).toList();
      double[] losses = new double[steps];
      if (spec == null) {
        throw new IllegalStateException("Run this by picocli's CommandLine.");
      }
      ProgressBar bar = new ProgressBar(spec.commandLine().getErr(), "training", steps, 0);
      try (Trainer trainer =
          new Trainer(adapted, sequences, new TrainingPlan(steps, BATCH, rate, seed), 1)) {
        while (!trainer.done()) {
          double loss = trainer.update();
          losses[trainer.step() - 1] = loss;
          bar.update(trainer.step(), String.format(Locale.ROOT, "loss %.3f", loss));
        }
      }
      adapter.save(adapted);
      spec.commandLine()
          .getOut()
          .printf(
              Locale.ROOT,
              "%d sequences, %d steps, loss %.3f to %.3f nats a token; adapter: %s%n",
              sequences.size(),
              steps,
              losses[0],
              losses[steps - 1],
              out);
    }
    return 0;
  }
}
