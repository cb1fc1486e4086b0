/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.benchmarks.ScalingEstimate.Job;
import io.github.influence4j.benchmarks.ScalingEstimate.Stage;
import io.github.influence4j.internal.planning.CostModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import org.junit.jupiter.api.Test;

class ScalingReportTest {
  private static final Job JOB = new Job(10, 512, 8);

  /** With the rates that the document itself names. */
  @Test
  void theDocumentIsWhatTheCommandWrites() throws IOException {
    String document = Files.readString(Path.of("../docs/scaling.md"));
    Matcher rates = ScalingReport.RATES.matcher(document);
    assertThat(rates.find()).isTrue();
    String predicted =
        ScalingReport.predicted(
            Double.parseDouble(rates.group(1)), Double.parseDouble(rates.group(2)));
    int measured = document.indexOf(ScalingReport.MEASURED);
    assertThat(document.substring(0, measured).strip()).isEqualTo(predicted.strip());
    assertThat(document.substring(measured)).contains("| 768 x 768 | scan, rank 32 | ");
  }

  /** The weights in the linear layers, as the papers' parameter counts have them. */
  @Test
  void shapesHaveTheModelsWeights() {
    assertThat(weights(ModelShape.GPT2)).isEqualTo(12 * (12.0 * 768 * 768 + 9 * 768));
    assertThat(weights(ModelShape.LLAMA_8B)).isCloseTo(6.98e9, within(0.01e9));
    assertThat(weights(ModelShape.LARGE_52B)).isCloseTo(52e9 * 2 / 3, within(0.5e9));
  }

  private static double weights(ModelShape model) {
    return model.blocks()
        * model.layers().stream().mapToDouble(l -> (double) l.inputs() * l.outputs()).sum();
  }

  @Test
  void stagesAreThoseOfTheCostModel() {
    CostModel cost = new CostModel(768, 2304, 1);
    ScalingEstimate estimate = new ScalingEstimate(ModelShape.single(768, 2304), JOB, 1, 0);
    assertThat(estimate.covariances().operations()).isEqualTo(10 * cost.covariance(512));
    assertThat(estimate.eigendecompositions().operations()).isEqualTo(cost.eigendecomposition());
    assertThat(estimate.eigenvalues().operations()).isEqualTo(10 * cost.rotateRows(512));
    assertThat(estimate.eigenvalues().memory()).isEqualTo((double) cost.factorBytes(4));
    assertThat(estimate.queries().memory()).isEqualTo(8.0 * cost.queryBytes(0, 4));
    assertThat(estimate.scan().operations()).isEqualTo(10 * cost.scoreByGradient(512, 8));
  }

  /** k and v beside q, up beside gate: one covariance and one eigendecomposition less each. */
  @Test
  void sharedInputsAreCountedOnce() {
    ModelShape shared =
        new ModelShape(
            "q and k",
            0,
            1,
            "",
            List.of(
                new ModelShape.LayerShape("q", 64, 64, true),
                new ModelShape.LayerShape("k", 64, 64, false)));
    ScalingEstimate both = new ScalingEstimate(shared, JOB, 2, 0);
    ScalingEstimate one = new ScalingEstimate(ModelShape.single(64, 64), JOB, 2, 0);
    for (Stage[] stages :
        new Stage[][] {
          {both.covariances(), one.covariances()},
          {both.eigendecompositions(), one.eigendecompositions()}
        }) {
      assertThat(stages[0].operations()).isEqualTo(1.5 * stages[1].operations());
      assertThat(stages[0].memory()).isEqualTo(1.5 * stages[1].memory());
    }
  }

  @Test
  void anH100IsBoundByTheSlowerOfComputingAndMoving() {
    Machine h100 = Machine.h100(0.5);
    Stage computing = new Stage("", ScalingEstimate.Kind.FLOAT32, 67e12, 1, 0, 0);
    Stage moving = new Stage("", ScalingEstimate.Kind.FLOAT32, 1, 3.35e12, 0, 0);
    assertThat(h100.seconds(computing)).isEqualTo(2);
    assertThat(h100.seconds(moving)).isEqualTo(2);
  }
}
