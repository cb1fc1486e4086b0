/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.run.ReportOptions;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** All that {@code attribute} can be told. */
final class AttributeOptions {
  @Mixin private CheckpointOptions checkpoint = new CheckpointOptions();

  @Mixin private LayersOption layers = new LayersOption();

  @Mixin private CorpusOptions corpus = new CorpusOptions();

  @Mixin private QueryOptions queries = new QueryOptions();

  @Mixin private WorkOptions work = new WorkOptions();

  @Mixin private RunningOptions running = new RunningOptions();

  @Mixin private CurvatureOptions curvature = new CurvatureOptions();

  @Mixin private EngineOptions engine = new EngineOptions();

  @Mixin private ScoringOptions scoring = new ScoringOptions();

  @Mixin private ReportOptions report = new ReportOptions();

  @Mixin private ScoresOptions scores = new ScoresOptions();

  /** Refuses what cannot be, before a model is loaded. */
  void check() {
    corpus.check();
    queries.check();
    running.check();
    curvature.check();
    report.check();
    scores.check();
    scoring.check(report.top(), scores.file() != null);
  }

  LanguageModel open() throws IOException {
    ElementType type = engine.precision() == Precision.F64 ? ElementType.F64 : ElementType.F32;
    LanguageModel.Builder builder =
        checkpoint
            .builder(type)
            .layers(layers.choice())
            .batchSize(running.batchSize())
            .threads(running.threads());
    return (running.recomputeBlocks() ? builder.withRecomputedBlocks() : builder).open();
  }

  /** Not yet built. */
  Influence.Builder engine(LanguageModel model) {
    return engine(model.layers());
  }

  /** For some layers. */
  Influence.Builder engine(List<LayerSpec> some) {
    return engine.builder(some).threads(running.threads());
  }

  CurvatureStrategy strategy() {
    return engine.strategy();
  }

  /** Of one number that the model computes with. */
  int elementBytes() {
    return engine.precision().type().bytes();
  }

  /** As on the command line. */
  String modelName() {
    return checkpoint.name();
  }

  /** In a few words, to be read. */
  String method() {
    return engine.strategyName() + ", " + curvature;
  }

  /** Reads texts and tokens. */
  Subject subject(LanguageModel model, RunProfile profile) throws IOException {
    return new Subject(
        model, corpus.read(model, checkpoint.directory()), queries.read(model), profile);
  }

  /** All that decides the factors but the names of files. */
  Map<String, String> fingerprint(Subject subject) throws IOException {
    return Map.of(
        "model",
        checkpoint.fingerprint(),
        "layers",
        layers.choice(),
        "corpus",
        Fingerprint.of(subject.corpus()),
        "labels",
        curvature + ", seed " + curvature.seed());
  }

  /** What the name of a file of factors holds. */
  String factors() {
    return engine.strategyName() + " " + engine.precision();
  }

  /** Null to keep nothing. */
  @Nullable Path work() {
    return work.folder();
  }

  RunningOptions running() {
    return running;
  }

  CurvatureOptions curvature() {
    return curvature;
  }

  ScoringOptions scoring() {
    return scoring;
  }

  ReportOptions report() {
    return report;
  }

  ScoresOptions scores() {
    return scores;
  }
}
