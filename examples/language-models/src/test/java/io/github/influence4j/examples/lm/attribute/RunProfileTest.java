/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.examples.lm.Cli;
import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.progress.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunProfileTest {
  private static final long SECOND = 1_000_000_000;

  private ProcessUse now = new ProcessUse(SECOND, SECOND);
  private final RunProfile profile = new RunProfile(() -> now);

  @Test
  void eachStageHasWhatWasUsedUntilItTold() {
    use(2, 3);
    profile.lap("load");
    use(1, 1);
    profile.lapOfModel("check");
    ProgressListener listener = profile.listener((stage, pass, examples) -> use(0, 0));
    GradientSource source =
        profile.watched(
            sink -> {
              for (int batch = 0; batch < 2; batch++) {
                use(3, 6);
                sink.accept(new GradientBatch(1, List.of()));
              }
            });
    source.replay(
        batch -> {
          use(1, 2);
          listener.onProgress(Stage.COVARIANCE, 0, 1);
        });
    use(4, 8);
    listener.onProgress(Stage.EIGENDECOMPOSITION, 0, 1);
    profile.within(
        "explanation",
        () -> {
          use(5, 4);
          listener.onProgress(Stage.SCORE, 0, 1);
          return 1;
        });

    assertThat(printed().lines().map(line -> line.replaceAll("\\s+", " ")))
        .containsSubsequence(
            "load 2.00 3.00 9 % 0 % 100 %",
            "check 1.00 1.00 3 % 100 % 0 %",
            "covariances 8.00 16.00 50 % 75 % 25 %",
            "eigendecompositions 4.00 8.00 25 % 0 % 100 %",
            "explanation 5.00 4.00 13 % 0 % 100 %",
            "in all 20.00 32.00 100 % 41 % 59 %");
  }

  @Test
  void thePeakIsNoLessThanTheHeap() {
    long heap = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();

    assertThat(ProcessUse.peakResidentBytes()).isGreaterThan(heap / 2);
  }

  @Test
  void theCommandTellsWhereItsTimeWent(@TempDir Path folder) {
    Path model =
        Path.of("../../integrations/influence-huggingface/src/test/resources/checkpoints/qwen2");
    Path ids = model.resolve("influence.safetensors");
    Path report = folder.resolve("report.html");

    Cli run =
        Cli.run(
            "attribute",
            "--model",
            model,
            "--corpus-ids",
            ids,
            "--query-ids",
            ids,
            "--report",
            report,
            "--scores",
            folder.resolve("scores"),
            "--profile");

    assertThat(run.code()).as(run.err()).isZero();
    List<String> stages = new ArrayList<>();
    Pattern line = Pattern.compile("(?m)^(\\S.*?) +\\d+\\.\\d\\d +\\d+\\.\\d\\d( +\\d+ %){3}$");
    line.matcher(run.out()).results().forEach(found -> stages.add(found.group(1)));
    assertThat(stages)
        .containsExactly(
            "load",
            "check",
            "covariances",
            "eigendecompositions",
            "eigenvalues",
            "queries",
            "preconditioning",
            "scores",
            "self-influence",
            "explanation",
            "report",
            "in all");
    assertThat(run.out()).containsPattern("Most memory resident: [\\d,]+ MB\\.");
  }

  private void use(long seconds, long processorSeconds) {
    now = now.plus(new ProcessUse(seconds * SECOND, processorSeconds * SECOND));
  }

  private String printed() {
    StringWriter text = new StringWriter();
    profile.print(new PrintWriter(text));
    return text.toString();
  }
}
