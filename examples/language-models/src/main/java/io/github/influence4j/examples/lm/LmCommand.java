/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm;

import io.github.influence4j.Influence;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.attribute.Answer;
import io.github.influence4j.examples.lm.attribute.Origins;
import io.github.influence4j.examples.lm.attribute.Piece;
import io.github.influence4j.examples.lm.model.Gpt2;
import io.github.influence4j.examples.lm.model.ModelShape;
import io.github.influence4j.examples.lm.run.Interruption;
import io.github.influence4j.examples.lm.run.LanguageModelRun;
import io.github.influence4j.examples.lm.run.ModelOptions;
import io.github.influence4j.examples.lm.run.ReportOptions;
import io.github.influence4j.examples.lm.run.RunFolder;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.examples.lm.text.Corpus;
import io.github.influence4j.examples.lm.text.Document;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.scoring.InfluenceScorer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Which training text made a language model say what it says? */
@Command(
    name = "lm",
    description = {
      "Trains a GPT-2 on real text, then shows which training sequences, and which tokens in"
          + " them, made it say what it says.",
      "Keeps what is finished in a folder: the same command goes on where it was stopped."
    })
final class LmCommand implements Callable<Integer> {
  private static final ModelOptions.Preset FULL =
      new ModelOptions.Preset(new ModelShape(2048, 64, 128, 4, 4), 1500, 32, 3e-3);
  private static final ModelOptions.Preset QUICK =
      new ModelOptions.Preset(new ModelShape(1024, 64, 64, 2, 4), 1200, 16, 1e-2);
  private static final int QUICK_DOCUMENTS = 300;
  private static final String FULL_WORK = "influence-lm";
  private static final String QUICK_WORK = "influence-lm-quick";

  @Option(names = "--quick", description = "A smaller model on less text, in two minutes.")
  private boolean quick;

  @Mixin private TextOptions text = new TextOptions();

  @ArgGroup(
      exclusive = false,
      multiplicity = "0..*",
      heading = "Queries (default: four about the Europarl documents):%n")
  private @Nullable List<Question> questions;

  @Option(
      names = "--work",
      paramLabel = "FOLDER",
      description =
          "Keeps model, checkpoint and factors (default: influence-lm, with --quick influence-lm-quick).")
  private @Nullable Path work;

  @Mixin private ReportOptions report = new ReportOptions();

  @Mixin private ModelOptions options = new ModelOptions();

  @Mixin private EngineOptions engine = new EngineOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() throws Exception {
    report.check();
    return Interruption.guard(commandLine().getErr(), this::run);
  }

  private void run(Interruption interruption) throws Exception {
    long start = System.nanoTime();
    ModelOptions.Preset preset = quick ? QUICK : FULL;
    List<Document> documents = text.documents(quick ? QUICK_DOCUMENTS : Integer.MAX_VALUE);
    Torch.load(); // before the tokenizer, whose library needs a directory as well
    try (Corpus corpus =
        Corpus.of(documents, options.vocabulary(preset), options.context(preset))) {
      ModelShape shape = options.shape(preset, corpus.learnt().vocabulary());
      List<Piece> queries =
          questions().stream().map(q -> q.piece(corpus.tokenizer(), shape.context())).toList();
      LmConsole console = new LmConsole(commandLine().getOut());
      Path kept = work == null ? Path.of(quick ? QUICK_WORK : FULL_WORK) : work;
      try (RunFolder folder = new RunFolder(kept)) {
        LanguageModelRun run =
            new LanguageModelRun(
                corpus.training().stream().map(Piece::sequence).toList(),
                new Gpt2(shape, corpus.learnt()),
                options.plan(preset),
                folder,
                options.threads(),
                interruption,
                commandLine().getErr());
        console.data(text.source(), documents.size(), corpus, shape);
        try (LanguageModel model = run.train()) {
          Losses losses = Losses.of(model, corpus);
          console.trained(model, folder.model(), losses);
          explain(run, model, corpus, queries, note(shape, corpus, losses));
        }
      }
    }
    commandLine()
        .getOut()
        .printf(
            Locale.ROOT,
            "%nReport: %s   (%.0f s in all)%n",
            report.file(),
            (System.nanoTime() - start) / 1e9);
  }

  private void explain(
      LanguageModelRun run, LanguageModel model, Corpus corpus, List<Piece> queries, String note)
      throws IOException {
    try (Influence influence = run.engine(model, engine)) {
      InfluenceScorer scorer = influence.scorer(run.fit(model, influence, engine));
      Answer answer =
          new Origins(model, corpus.training(), scorer, run.progress())
              .of(
                  queries,
                  report.top(),
                  engine.strategyName() + ", true Fisher, on " + influence.backend());
      answer.print(commandLine().getOut());
      answer.report(List.of(note)).write(report.file());
    }
  }

  private String note(ModelShape shape, Corpus corpus, Losses losses) {
    return "Model: a GPT-2 of "
        + shape
        + ", trained in Java on "
        + corpus.training().size()
        + " sequences of "
        + text.source()
        + ". "
        + losses;
  }

  private List<Question> questions() {
    if (questions != null) {
      return questions;
    }
    if (!text.englishEuroparl()) {
      throw new IllegalArgumentException(
          "No query: give --prompt and --completion for this text; the default queries are about the"
              + " English Europarl documents.");
    }
    return Question.EUROPARL;
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    return spec.commandLine();
  }
}
