/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.internal.files.FolderLock;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.store.CaptureOptions;
import io.github.influence4j.store.CapturedExamples;
import io.github.influence4j.store.CapturedGradients;
import io.github.influence4j.store.FactorStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Attribution for captures made anywhere; docs/captured-format.md describes the files. */
@Command(
    name = "captured",
    description = {
      "Scores training examples against queries, given each layer's inputs and output gradients.",
      "The file holds train.act.L, train.grad.L, query.act.L, query.grad.L for each layer L;"
          + " docs/captured-format.md tells the rest."
    })
public final class CapturedCommand implements Callable<Integer> {
  private static final String ALL = "*";

  private enum Svd {
    FULL,
    RANDOM
  }

  @Option(names = "--inputs", required = true, paramLabel = "FILE", description = "The captures.")
  private Path inputs = Path.of("");

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "Where scores.safetensors and factors.safetensors go.")
  private Path out = Path.of("");

  @Option(
      names = "--damping",
      defaultValue = "heuristic",
      paramLabel = "heuristic|NUMBER",
      description = "heuristic: 0.1 x mean eigenvalue of each layer (default), or one number.")
  private String damping = "heuristic";

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Truncate the preconditioned queries (default: exact).")
  private @Nullable Integer rank;

  @Option(
      names = "--svd",
      paramLabel = "full|random",
      description = "How --rank is done (default: random).")
  private @Nullable Svd svd;

  @Option(
      names = "--max-residual",
      paramLabel = "X",
      description = "Double a layer's rank until no query leaves out more than this share of V.")
  private @Nullable Double maxResidual;

  @Option(names = "--per-layer", description = "Write each layer's part of the scores too.")
  private boolean perLayer;

  @Option(names = "--per-row", description = "Write each training row's (token's) part too.")
  private boolean perRow;

  @Option(
      names = "--no-bias",
      split = ",",
      paramLabel = "LAYER",
      description = "Layers without a bias.")
  private Set<String> noBias = Set.of();

  @Option(
      names = "--conv",
      paramLabel = "LAYER:k=3,stride=2,pad=1",
      description =
          "A convolution, one-dimensional where tensors are [examples, channels, length]; also"
              + " groups=, dilation=, mode=zeros|reflect|replicate|circular. Sizes may be"
              + " HEIGHTxWIDTH. Repeatable.")
  private List<String> convolutions = new ArrayList<>();

  @Option(
      names = "--linear",
      split = ",",
      arity = "0..1",
      fallbackValue = ALL,
      paramLabel = "LAYER",
      description =
          "Layers whose tensors are [examples, rows, columns], not those of a 1-d convolution;"
              + " without names all that nothing else is said about.")
  private Set<String> linear = Set.of();

  @Option(
      names = "--rows-first",
      split = ",",
      arity = "0..1",
      fallbackValue = ALL,
      paramLabel = "LAYER",
      description = "The same for layers whose tensors are [rows, examples, columns].")
  private Set<String> rowsFirst = Set.of();

  @Option(
      names = "--tied",
      split = ",",
      paramLabel = "LAYER",
      description = "Layers used several times in one forward pass: L, L#1, L#2.")
  private Set<String> tied = Set.of();

  @Option(
      names = "--untied",
      description = "No layer is used several times: names such as L#1 are layers of their own.")
  private boolean untied;

  @Option(
      names = "--pseudo-gradients",
      description = "Fit the factors to train.pseudograd.L (true Fisher).")
  private boolean pseudoGradients;

  @Mixin private EngineOptions engine = new EngineOptions();

  @Spec private @Nullable CommandSpec spec;

  @Override
  @SuppressWarnings("try") // the lock is held, not used
  public Integer call() throws IOException {
    ScoreOptions options = scoreOptions();
    OutputFolder folder = new OutputFolder(out, inputs);
    try (CapturedGradients captures = CapturedGradients.open(inputs, captureOptions())) {
      int rows = perRow ? RowScores.rows(captures) : 0;
      ScoreMemory.check(captures, perLayer ? captures.layers().size() : 0, rows);
      try (FolderLock lock = folder.take();
          Influence influence = engine.build(captures.layers())) {
        score(influence, captures, options, rows, folder);
      }
    }
    return 0;
  }

  private void score(
      Influence influence,
      CapturedGradients captures,
      ScoreOptions options,
      int rows,
      OutputFolder folder)
      throws IOException {
    Summary summary = new Summary(command().commandLine().getOut());
    summary.captures(captures);
    long start = System.nanoTime();
    FittedCurvature curvature = influence.fit(captures.curvature());
    summary.fitted(engine.strategyName() + ", " + influence.backend(), start);
    start = System.nanoTime();
    SelfInfluenceOptions selfOptions =
        SelfInfluenceOptions.defaults().withDampings(parseDamping()).withPerLayer(perLayer);
    CapturedExamples training = captures.training();
    SelfInfluence self = influence.selfInfluence(curvature, training, selfOptions);
    InfluenceScores pairwise =
        captures
            .queries()
            .map(queries -> influence.score(curvature, queries, training, options))
            .orElse(null);
    summary.scored(start);
    ScoreFile file = new ScoreFile(engine.precision());
    file.add(
        self,
        pairwise,
        perLayer ? captures.layers().stream().map(LayerSpec::name).toList() : List.of());
    if (perRow && pairwise != null) {
      file.addRows(pairwise, rows, training.mask());
    }
    file.write(folder.scores(), Map.of("damping", damping, "strategy", engine.strategyName()));
    FactorStore.save(folder.factors(), curvature);
    summary.results(self, pairwise, file, folder);
  }

  private CaptureOptions captureOptions() {
    CaptureOptions options =
        CaptureOptions.defaults()
            .withoutBias(noBias.toArray(String[]::new))
            .withTied(tied.toArray(String[]::new));
    if (!linear.isEmpty()) {
      options = options.withLinear(linear.toArray(String[]::new));
    }
    if (!rowsFirst.isEmpty()) {
      options = options.withRowsFirst(rowsFirst.toArray(String[]::new));
    }
    for (ConvGeometry geometry : convolutions.stream().map(ConvGeometry::parse).toList()) {
      options = options.withConvolution(geometry.layer(), geometry::of);
    }
    options = untied ? options.withoutTied() : options;
    return pseudoGradients ? options.withPseudoGradients() : options;
  }

  private ScoreOptions scoreOptions() {
    Check.that(
        rank != null || svd == null, "--svd says how --rank is done; give --rank too, or neither.");
    Check.that(
        rank != null || maxResidual == null,
        "--max-residual raises the --rank it starts from; give --rank too, or neither.");
    ScoreOptions options =
        ScoreOptions.pairwise()
            .withDampings(parseDamping())
            .withPerLayer(perLayer)
            .withPerRow(perRow);
    if (rank == null) {
      return options;
    }
    Check.that(rank >= 1, "--rank must be 1 or more, got %d.", rank);
    LowRank lowRank = svd == Svd.FULL ? LowRank.full(rank) : LowRank.randomized(rank);
    return options.withLowRank(
        maxResidual == null ? lowRank : lowRank.withMaxResidual(parseMaxResidual(maxResidual)));
  }

  private static double parseMaxResidual(double value) {
    Check.that(
        value > 0 && value <= 1, "--max-residual must be above 0 and at most 1, got %s.", value);
    return value;
  }

  private Damping parseDamping() {
    if (damping.equals("heuristic")) {
      return Damping.HEURISTIC;
    }
    try {
      return Damping.absolute(Double.parseDouble(damping));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--damping must be heuristic or a positive number, got \"" + damping + "\".", e);
    }
  }

  private CommandSpec command() {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    return spec;
  }
}
