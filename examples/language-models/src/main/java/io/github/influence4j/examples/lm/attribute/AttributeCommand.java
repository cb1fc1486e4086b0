/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.cli.ReportFile;
import io.github.influence4j.examples.lm.run.HitPrinter;
import io.github.influence4j.examples.lm.run.StageProgress;
import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.pytorch.TorchGradients;
import io.github.influence4j.report.InfluenceReport;
import io.github.influence4j.report.ReportQuery;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
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

/** Which training text made a checkpoint say what it says? */
@Command(
    name = "attribute",
    description =
        "Loads a language model that transformers saved and shows which training texts, and which"
            + " tokens in them, made it say what it says.")
public final class AttributeCommand implements Callable<Integer> {
  private static final long SEED = 1;

  /** Whose labels the curvature is fitted to. */
  private enum Fisher {
    TRUE,
    EMPIRICAL
  }

  @Mixin private CheckpointOptions checkpoint = new CheckpointOptions();

  @Mixin private AttributeInputs inputs = new AttributeInputs();

  @Option(
      names = "--layers",
      paramLabel = "CHOICE",
      defaultValue = "all",
      description =
          "Linear layers of the blocks to track: all, attention, mlp, or a regular expression found"
              + " in their names (default: all).")
  private String layers = "all";

  @Option(
      names = "--fisher",
      paramLabel = "KIND",
      defaultValue = "true",
      description =
          "true: labels drawn from the model; empirical: those of the data (default:" + " true).")
  private Fisher fisher = Fisher.TRUE;

  @Option(
      names = "--damping",
      paramLabel = "F",
      defaultValue = "0.1",
      description = "Share of a layer's mean eigenvalue that is added to all (default: 0.1).")
  private double damping = 0.1;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Sequences at once; changes no result (default: 8).")
  private int batchSize = 8;

  @Option(
      names = "--check-tokens",
      paramLabel = "N",
      defaultValue = "2048",
      description =
          "Tokens predicted to see whether a matrix of the model is damaged; 0 looks at the loss"
              + " alone (default: 2048).")
  private int checkTokens = 2048;

  @Option(names = "--threads", paramLabel = "N", description = "Threads (default: all processors).")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--top",
      paramLabel = "K",
      defaultValue = "10",
      description = "Sequences for and against each query in the report (default: 10).")
  private int top = 10;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      defaultValue = "influence-attribute.html",
      description = "The HTML report to write (default: ${DEFAULT-VALUE}).")
  private Path report = Path.of("influence-attribute.html");

  @Option(
      names = "--scores",
      paramLabel = "FILE",
      description = "All scores as safetensors: pairwise [queries, sequences], self [sequences].")
  private @Nullable Path scoresFile;

  @Option(names = "--per-layer", description = "With --scores: also pairwise.LAYER.")
  private boolean perLayer;

  @Mixin private EngineOptions engine = new EngineOptions();

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  public AttributeCommand() {}

  @Override
  public Integer call() throws IOException {
    long start = System.nanoTime();
    inputs.check();
    if (checkTokens < 0) {
      throw new IllegalArgumentException("--check-tokens must be at least 0, got " + checkTokens);
    }
    if (top < 1 || threads < 1) {
      throw new IllegalArgumentException("--top and --threads must be at least 1.");
    }
    ReportFile.requireWritable("--report", report);
    if (scoresFile != null) {
      ReportFile.requireWritable("--scores", scoresFile);
    }
    Torch.load();
    ElementType type = engine.precision() == Precision.F64 ? ElementType.F64 : ElementType.F32;
    try (LanguageModel model =
        checkpoint.builder(type).layers(layers).batchSize(batchSize).threads(threads).open()) {
      run(model);
    }
    print("%nReport: %s   (%.0f s in all)%n", report, (System.nanoTime() - start) / 1e9);
    return 0;
  }

  private void run(LanguageModel model) throws IOException {
    List<Piece> queries = inputs.queries(model);
    List<Piece> corpus = inputs.corpus(model);
    print("Model: %s. %s%n", checkpoint.name(), model.coverage());
    long tokens = corpus.stream().mapToLong(piece -> piece.sequence().length()).sum();
    print("Corpus: %,d sequences, %,d tokens.%n", corpus.size(), tokens);
    TorchGradients<?> train = model.gradients(sequences(corpus));
    TorchGradients<?> asked = model.gradients(sequences(queries));
    Sanity sanity = Sanity.of(model, corpus, checkTokens, commandLine().getErr());
    print("%s%n", sanity);
    sanity.warnings().forEach(warning -> print("%s%n", warning));
    try (Influence influence =
        engine
            .builder(model.layers())
            .threads(threads)
            .progress(new StageProgress(commandLine().getErr(), corpus.size()))
            .build()) {
      FittedCurvature curvature =
          influence.fit(
              fisher == Fisher.TRUE
                  ? train.sampledLabels(new LabelSampler(SEED))
                  : train.dataLabels());
      InfluenceScores scores =
          influence.score(
              curvature,
              asked.dataLabels(),
              train.dataLabels(),
              ScoreOptions.pairwise()
                  .withDampings(Damping.relative(damping))
                  .withPerLayer(scoresFile != null && perLayer));
      if (scoresFile != null) {
        SelfInfluenceOptions self =
            SelfInfluenceOptions.defaults().withDampings(Damping.relative(damping));
        ScoresFile.write(
            scoresFile,
            scores,
            influence.selfInfluence(curvature, train.dataLabels(), self),
            perLayer);
      }
      String method =
          engine.strategyName()
              + (fisher == Fisher.TRUE ? ", true Fisher" : ", empirical Fisher")
              + ", on "
              + influence.backend();
      List<ReportQuery> explained =
          new Explanation(model, influence, curvature, corpus).of(queries, scores, top);
      print("%nWHICH TRAINING TEXT MADE IT SAY SO?  (%s)%n", method);
      explained.forEach(new HitPrinter(commandLine().getOut())::print);
      new InfluenceReport(
              "Which training text made a language model say so?",
              notes(model, corpus, sanity, method),
              explained)
          .write(report);
    }
  }

  private List<String> notes(
      LanguageModel model, List<Piece> corpus, Sanity sanity, String method) {
    return List.of(
        "Model: " + checkpoint.name() + ". " + model.coverage(),
        "Corpus: "
            + corpus.size()
            + " sequences. "
            + sanity
            + (sanity.warnings().isEmpty() ? "" : " " + String.join(" ", sanity.warnings())),
        "Method: influence functions (Grosse et al. 2023), " + method + ".",
        "Score: by how many nats the loss of the query's completion would fall, by a linear estimate,"
            + " were the training sequence there once more. Compare scores with each other; large"
            + " ones overshoot.",
        "The part of a token is that of the position that predicts it. It also holds what that"
            + " position contributed to the prediction of later tokens.");
  }

  private static List<TokenSequence> sequences(List<Piece> pieces) {
    return pieces.stream().map(Piece::sequence).toList();
  }

  private CommandLine commandLine() {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    return spec.commandLine();
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library of Error Prone
  private void print(String format, Object... arguments) {
    PrintWriter out = commandLine().getOut();
    out.printf(Locale.ROOT, format, arguments);
    out.flush();
  }
}
