/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.progress.Stage;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Lines, as they are written where no terminal is. */
final class StageProgressTest {
  private final StringWriter text = new StringWriter();
  private final StageProgress progress = new StageProgress(new PrintWriter(text, true), 20);

  private void pass(Stage stage, int pass, int examples) {
    for (int done = 2; done <= examples; done += 2) {
      progress.onProgress(stage, pass, done);
    }
  }

  private List<String> lines() {
    return text.toString().lines().toList();
  }

  @Test
  void aLineForEachTenthWithItsRateAndWhatIsLeft() {
    pass(Stage.COVARIANCE, 0, 20);
    assertThat(lines()).hasSize(9).allMatch(line -> line.startsWith("covariances   ["));
    assertThat(lines().get(0)).matches(".* 20 % .*/s .*\\d:\\d\\d left ");
    assertThat(lines().get(8)).matches(".*\\[=+] 100 % .*/s *");
  }

  @Test
  void aSecondPassIsNumbered() {
    pass(Stage.SCORE, 0, 20);
    pass(Stage.SCORE, 1, 20);
    assertThat(lines()).hasSize(18);
    assertThat(lines().get(8)).startsWith("scores  ").contains("100 %");
    assertThat(lines().get(9)).startsWith("scores 2 ").contains("20 %");
  }

  @Test
  void otherDataAreCountedOnTheirOwn() {
    progress.expect(4);
    pass(Stage.SCORE, 0, 4);
    assertThat(lines()).hasSize(1);
    assertThat(lines().get(0)).contains("100 %");
    progress.expect(0); // too short to be shown
    pass(Stage.SCORE, 0, 4);
    assertThat(lines()).hasSize(1);
    progress.expect(20);
    pass(Stage.SELF_INFLUENCE, 0, 20);
    assertThat(lines()).hasSize(10);
  }
}
