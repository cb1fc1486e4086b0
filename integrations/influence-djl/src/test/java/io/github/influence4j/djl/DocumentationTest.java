/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.djl;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.core.Linear;
import io.github.influence4j.Influence;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Compiles and runs what docs/adapters.md shows, and checks that it shows it. */
final class DocumentationTest {
  private record Batch(NDArray inputs, NDArray labels) {}

  private static Batch batch(NDManager manager, int examples) {
    NDArray labels = manager.zeros(new Shape(examples), DataType.INT64);
    return new Batch(manager.randomNormal(new Shape(examples, 64)), labels);
  }

  @Test
  void theUsersProgram() {
    try (NDManager manager = NDManager.newBaseManager()) {
      List<Batch> trainBatches = List.of(batch(manager, 3), batch(manager, 2));
      List<Batch> queryBatches = List.of(batch(manager, 1));
      // tag::program
      Taps taps = new Taps();
      SequentialBlock net =
          new SequentialBlock()
              .add(taps.linear("fc1", Linear.builder().setUnits(256))) // was ...build()
              .add(Activation::relu)
              .add(taps.linear("fc2", Linear.builder().setUnits(10)));
      net.initialize(manager, DataType.FLOAT32, new Shape(1, 64)); // or load your checkpoint
      DjlGradients<Batch> train =
          new DjlGradients<>(
              taps,
              trainBatches,
              batch ->
                  ModelOutput.classification(taps.forward(net, batch.inputs()), batch.labels()));
      DjlGradients<Batch> queries = train.over(queryBatches);
      try (Influence influence = Influence.builder().layers(taps.layers()).build()) {
        FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
        InfluenceScores scores =
            influence.score(
                curvature, queries.dataLabels(), train.dataLabels(), ScoreOptions.topK(10));
        scores.proponents(0).forEach(hit -> show(hit.example(), hit.score()));
      }
      // end::program
    }
    assertThat(shown).isPositive();
  }

  private int shown;

  private void show(long example, double score) {
    assertThat(example).isBetween(0L, 4L);
    assertThat(score).isPositive();
    shown++;
  }

  @Test
  void theDocumentShowsThisCode() throws IOException {
    String document = Files.readString(Path.of("../../docs/adapters.md"));
    String source =
        Files.readString(Path.of("src/test/java/io/github/influence4j/djl/DocumentationTest.java"));
    String start = "// tag::program\n";
    int from = source.indexOf(start) + start.length();
    String program =
        source
            .substring(from, source.indexOf("// end::program", from))
            .stripIndent()
            .strip()
            .lines()
            .collect(Collectors.joining("\n"));
    assertThat(document).contains(program);
  }
}
