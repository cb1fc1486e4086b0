/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, and which adapter of it. */
final class CheckpointOptions {
  @Mixin private ModelOption model = new ModelOption();

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "A LoRA adapter that PEFT wrote; its matrices alone are tracked then.")
  private @Nullable Path adapter;

  /** Not yet loaded. */
  LanguageModel.Builder builder(ElementType precision) {
    LanguageModel.Builder builder = LanguageModel.builder(model.directory()).precision(precision);
    return adapter == null ? builder : builder.adapter(adapter);
  }

  /** Of the model. */
  Path directory() {
    return model.directory();
  }

  /** Of its content, and of the adapter's. */
  String fingerprint() throws IOException {
    String base = Fingerprint.ofModel(model.directory());
    return adapter == null ? base : base + " with adapter " + Fingerprint.ofAdapter(adapter);
  }

  /** As on the command line. */
  String name() {
    return adapter == null ? model.toString() : model + " with " + adapter;
  }
}
