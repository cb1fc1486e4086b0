/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import java.io.IOException;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Which training text made a checkpoint say what it says? */
@Command(
    name = "attribute",
    description =
        "Loads a language model that transformers saved and shows which training texts, and which"
            + " tokens in them, made it say what it says.")
public final class AttributeCommand implements Callable<Integer> {
  @Mixin private AttributeOptions options = new AttributeOptions();

  @Spec private @Nullable CommandSpec spec;

  /** For picocli. */
  public AttributeCommand() {}

  @Override
  public Integer call() throws IOException {
    if (spec == null) {
      throw new IllegalStateException("Run this by picocli's CommandLine.");
    }
    CommandLine console = spec.commandLine();
    long start = System.nanoTime();
    RunProfile profile = new RunProfile();
    options.check();
    Torch.load();
    try (LanguageModel model = options.open()) {
      Subject subject = options.subject(model, profile);
      profile.lap("load");
      if (options.running().dryRun()) {
        new DryRun(options, subject).print(console.getOut());
        return 0;
      }
      new AttributeRun(options, subject, console.getOut(), console.getErr()).run();
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    console
        .getOut()
        .printf(Locale.ROOT, "%nReport: %s   (%.0f s in all)%n", options.report().file(), seconds);
    if (options.running().profile()) {
      profile.print(console.getOut());
    }
    return 0;
  }
}
