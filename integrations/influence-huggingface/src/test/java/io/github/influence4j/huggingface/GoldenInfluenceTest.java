/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.pytorch.TorchGradients;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** EK-FAC scores against those of the golden files, whose every row has a target. */
final class GoldenInfluenceTest {
  private static final String ROWS = "rows15.";

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  static Stream<Arguments> cases() {
    return Checkpoints.with("influence.safetensors").stream()
        .flatMap(
            path ->
                Stream.of(
                    Arguments.of(path, ElementType.F64, "reference", 1e-9, 1e-9),
                    Arguments.of(path, ElementType.F32, "reference", 1e-4, 3e-4),
                    Arguments.of(path, ElementType.F32, "cpu", 1e-3, 1e-3)));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void scoresAreThoseOfTheFile(
      Path checkpoint, ElementType type, String backend, double total, double perLayer)
      throws IOException {
    try (LanguageModel model =
            LanguageModel.builder(checkpoint).precision(type).batchSize(5).open();
        Golden golden = Golden.open(checkpoint.resolve("influence.safetensors"));
        Influence influence = Influence.builder().backend(backend).layers(model.layers()).build()) {
      TorchGradients<?> train = model.gradients(sequences(golden, "train.input_ids"));
      FittedCurvature curvature = influence.fit(train.dataLabels());
      InfluenceScores scores =
          influence.score(
              curvature,
              model.gradients(queries(golden)).dataLabels(),
              train.dataLabels(),
              ScoreOptions.pairwise().withPerLayer(true));
      double[][] found = scores.toMatrix();
      require(golden, "pairwise.total", Stream.of(found), total);
      SelfInfluence self =
          influence.selfInfluence(
              curvature, train.dataLabels(), SelfInfluenceOptions.defaults().withPerLayer(true));
      require(golden, "self.total", Stream.of(self.scores()), total);
      assertThat(golden.under(ROWS + "pairwise.")).contains(scores.layers().toArray(String[]::new));
      for (String layer : scores.layers()) {
        Stream<double[]> parts =
            Stream.iterate(0, q -> q < found.length, q -> q + 1)
                .map(q -> scores.layerScores(layer, q));
        require(golden, "pairwise." + layer, parts, perLayer);
        require(golden, "self." + layer, Stream.of(self.layerScores(layer)), perLayer);
      }
    }
  }

  private static void require(
      Golden golden, String name, Stream<double[]> found, double tolerance) {
    double[] all = found.flatMapToDouble(Arrays::stream).toArray();
    assertThat(Golden.relativeError(all, golden.numbers(ROWS + name)))
        .as(name)
        .isLessThan(tolerance);
  }

  private static List<TokenSequence> sequences(Golden golden, String name) {
    return Arrays.stream(golden.matrix(name)).map(TokenSequence::of).toList();
  }

  private static List<TokenSequence> queries(Golden golden) {
    long[][] ids = golden.matrix("query.input_ids");
    long[][] labels = golden.matrix("query.labels");
    List<TokenSequence> out = new ArrayList<>();
    for (int q = 0; q < ids.length; q++) {
      out.add(TokenSequence.withLabels(ids[q], labels[q]));
    }
    return out;
  }
}
