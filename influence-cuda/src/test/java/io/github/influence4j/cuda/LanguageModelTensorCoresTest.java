/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.statistics.LinearCorrelation;
import io.github.influence4j.store.CapturedExamples;
import io.github.influence4j.store.CapturedGradients;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * On gradients of a trained language model (resources/language-model), what tensor cores make of
 * scores, fit included, correlates with the reference backend in float64.
 */
@ExtendWith({Required.class, Leaks.class})
final class LanguageModelTensorCoresTest {
  private static final String CAPTURES = "/language-model/captures.safetensors";
  private static final int RANK = 8;

  @TempDir Path directory;

  private Path captures() throws IOException {
    Path file = directory.resolve("captures.safetensors");
    try (InputStream in = Objects.requireNonNull(getClass().getResourceAsStream(CAPTURES))) {
      Files.copy(in, file);
    }
    return file;
  }

  /** Scores by the way they are computed. */
  private static Map<String, double[]> scores(Path file, Influence.Builder builder)
      throws IOException {
    Map<String, double[]> scores = new LinkedHashMap<>();
    try (CapturedGradients captures = CapturedGradients.open(file);
        Influence influence =
            builder.layers(captures.layers()).strategy(CurvatureStrategy.EKFAC).build()) {
      CapturedExamples train = captures.training();
      CapturedExamples queries = captures.queries().orElseThrow();
      FittedCurvature curvature = influence.fit(train);
      ScoreOptions pairs = ScoreOptions.pairwise();
      ScoreOptions thin = pairs.withLowRank(LowRank.full(RANK));
      scores.put("pairs", flat(influence.score(curvature, queries, train, pairs).toMatrix()));
      scores.put("rank 8", flat(influence.score(curvature, queries, train, thin).toMatrix()));
      SelfInfluenceOptions self = SelfInfluenceOptions.defaults();
      scores.put("self", influence.selfInfluence(curvature, train, self).scores());
    }
    return scores;
  }

  private static double[] flat(double[][] matrix) {
    return Arrays.stream(matrix).flatMapToDouble(Arrays::stream).toArray();
  }

  @ParameterizedTest
  @CsvSource({"TF32, 0.999", "BF16, 0.95"})
  void scoresCorrelateWithThoseInDoublePrecision(TensorCores cores, double correlation)
      throws IOException {
    Path file = captures();
    Map<String, double[]> exact =
        scores(file, Influence.builder().backend("reference").precision(Precision.F64));
    Map<String, double[]> rounded =
        scores(file, Influence.builder().backend("cuda").tensorCores(cores));
    Map<String, double[]> single = scores(file, Influence.builder().backend("cuda"));
    exact.forEach(
        (what, scores) -> {
          assertThat(LinearCorrelation.of(rounded.get(what), scores))
              .as(what)
              .isGreaterThanOrEqualTo(correlation);
          assertThat(rounded.get(what)).as("%s, rounded", what).isNotEqualTo(single.get(what));
        });
  }
}
