/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.examples.cli.EngineOptions;
import io.github.influence4j.examples.lm.run.ReportOptions;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import picocli.CommandLine.Mixin;

/** All that {@code attribute} can be told. */
final class AttributeOptions {
  @Mixin private CheckpointOptions checkpoint = new CheckpointOptions();

  @Mixin private LayersOption layers = new LayersOption();

  @Mixin private AttributeInputs inputs = new AttributeInputs();

  @Mixin private RunningOptions running = new RunningOptions();

  @Mixin private CurvatureOptions curvature = new CurvatureOptions();

  @Mixin private EngineOptions engine = new EngineOptions();

  @Mixin private ScoringOptions scoring = new ScoringOptions();

  @Mixin private ReportOptions report = new ReportOptions();

  @Mixin private ScoresOptions scores = new ScoresOptions();

  /** Refuses what cannot be, before a model is loaded. */
  void check() {
    inputs.check();
    running.check();
    report.check();
    scores.check();
  }

  LanguageModel open() throws IOException {
    ElementType type = engine.precision() == Precision.F64 ? ElementType.F64 : ElementType.F32;
    return checkpoint
        .builder(type)
        .layers(layers.choice())
        .batchSize(running.batchSize())
        .threads(running.threads())
        .open();
  }

  /** Not yet built. */
  Influence.Builder engine(LanguageModel model) {
    return engine.builder(model.layers()).threads(running.threads());
  }

  /** As on the command line. */
  String modelName() {
    return checkpoint.name();
  }

  /** In a few words, to be read. */
  String method() {
    return engine.strategyName() + ", " + curvature;
  }

  AttributeInputs inputs() {
    return inputs;
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
