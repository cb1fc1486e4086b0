/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.relu;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.zeros;

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
import java.util.stream.Stream;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** Compiles and runs what docs/adapters.md shows, and checks that it shows it. */
final class DocumentationTest {
  private record Batch(Tensor inputs, Tensor labels) {}

  // tag::model
  static final class Net extends Module {
    final TappedLinear fc1; // was LinearImpl
    final TappedLinear fc2;

    Net(Taps taps) {
      fc1 = taps.linear("fc1", register_module("fc1", new LinearImpl(64, 256)));
      fc2 = taps.linear("fc2", register_module("fc2", new LinearImpl(256, 10)));
    }

    Tensor forward(Tensor x) {
      return fc2.forward(relu(fc1.forward(x)));
    }
  }

  // end::model

  private static Batch batch(int examples) {
    return new Batch(randn(examples, 64), zeros(examples).to(ScalarType.Long));
  }

  @Test
  void theUsersProgram() {
    set_num_threads(1);
    List<Batch> trainBatches = List.of(batch(3), batch(2));
    List<Batch> queryBatches = List.of(batch(1));
    // tag::program
    Taps taps = new Taps();
    Net net = new Net(taps); // load your checkpoint: parameters keep their names
    net.eval();
    TorchGradients<Batch> train =
        new TorchGradients<>(
            taps,
            trainBatches,
            batch -> ModelOutput.classification(net.forward(batch.inputs()), batch.labels()));
    TorchGradients<Batch> queries = train.over(queryBatches);
    try (Influence influence = Influence.builder().layers(taps.layers()).build()) {
      FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
      InfluenceScores scores =
          influence.score(
              curvature, queries.dataLabels(), train.dataLabels(), ScoreOptions.topK(10));
      scores.proponents(0).forEach(hit -> show(hit.example(), hit.score()));
    }
    // end::program
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
        Files.readString(
            Path.of("src/test/java/io/github/influence4j/pytorch/DocumentationTest.java"));
    Stream.of("model", "program")
        .forEach(tag -> assertThat(document).contains(snippet(source, tag)));
  }

  private static String snippet(String source, String tag) {
    String start = "// tag::" + tag + "\n";
    int from = source.indexOf(start) + start.length();
    return source
        .substring(from, source.indexOf("// end::" + tag, from))
        .stripIndent()
        .strip()
        .lines()
        .collect(Collectors.joining("\n"));
  }
}
