/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.Cli;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scores of kronfluence 1.0.1 in float64, for the same captures. */
class GoldenTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"identity", "diagonal", "kfac", "ekfac"})
  void everyStrategyAgreesInFloat64(String strategy) throws Exception {
    run("--strategy", strategy, "--precision", "f64");
    check("pairwise", "emp|" + strategy + "|none|pair|all_modules", 1e-9);
    check("self", "emp|" + strategy + "|none|self|all_modules", 1e-9);
  }

  @ParameterizedTest
  @CsvSource({"identity", "diagonal", "kfac", "ekfac"})
  void everyStrategyAgreesInFloat32(String strategy) throws Exception {
    run("--strategy", strategy);
    check("pairwise", "emp|" + strategy + "|none|pair|all_modules", 1e-3);
    check("self", "emp|" + strategy + "|none|self|all_modules", 1e-3);
  }

  @ParameterizedTest
  @CsvSource({"diagonal", "kfac", "ekfac"})
  void absoluteDampingAgrees(String strategy) throws Exception {
    run("--strategy", strategy, "--precision", "f64", "--damping", "1e-8");
    check("self", "emp|" + strategy + "|1e-8|self|all_modules", 1e-6);
  }

  @Test
  void layersAgreeAndAddUp() throws Exception {
    run("--precision", "f64", "--per-layer", "--per-row");
    check("pairwise.0", "emp|ekfac|none|pair_permodule|0", 1e-9);
    for (String layer : List.of("0", "2", "4")) {
      check("self." + layer, "emp|ekfac|none|self_permodule|" + layer, 1e-9);
    }
    double[] total = scores("pairwise");
    double[] sum = new double[total.length];
    for (String layer : List.of("0", "2", "4")) {
      double[] part = scores("pairwise." + layer);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += part[i];
      }
    }
    assertThat(Tensors.distance(sum, total)).isLessThan(1e-12);
    assertThat(Tensors.distance(scores("pairwise_rows"), total)).isLessThan(1e-9);
  }

  @Test
  void pseudoGradientsMakeTheTrueFisher() throws Exception {
    run("--precision", "f64", "--pseudo-gradients");
    check("pairwise", "true|ekfac|none|pair|all_modules", 1e-9);
    check("self", "true|ekfac|none|self|all_modules", 1e-9);
    run("--precision", "f64", "--pseudo-gradients", "--damping", "1e-8");
    check("self", "true|ekfac|1e-8|self|all_modules", 1e-6);
  }

  @Test
  void rankOfAllLayersIsExact() throws Exception {
    run("--precision", "f64", "--rank", 32, "--svd", "full");
    check("pairwise", "emp|ekfac|none|pair|all_modules", 1e-9);
  }

  @Test
  void lowRankTruncates() throws Exception {
    run("--precision", "f64");
    double[] exact = scores("pairwise");
    run("--precision", "f64", "--rank", 2, "--svd", "full");
    double[] full = scores("pairwise");
    assertThat(Tensors.distance(full, exact)).isBetween(1e-9, 0.3);
    run("--precision", "f64", "--rank", 2, "--svd", "random");
    assertThat(Tensors.distance(scores("pairwise"), full)).isLessThan(1e-3);
  }

  @Test
  void anAdaptiveRankComesCloser() throws Exception {
    run("--precision", "f64");
    double[] exact = scores("pairwise");
    run("--precision", "f64", "--rank", 2);
    double fixed = Tensors.distance(scores("pairwise"), exact);
    run("--precision", "f64", "--rank", 2, "--max-residual", 0.05);
    assertThat(Tensors.distance(scores("pairwise"), exact)).isLessThan(fixed / 2);
  }

  @Test
  void oneBlockOfManyIsAnotherApproximation() throws Exception {
    run("--precision", "f64", "--blocks", 2);
    double[] blocks = scores("pairwise");
    run("--precision", "f64");
    assertThat(Tensors.distance(blocks, scores("pairwise"))).isBetween(1e-6, 1.0);
  }

  private void run(Object... options) throws URISyntaxException {
    List<Object> arguments =
        new ArrayList<>(
            List.of(
                "captured",
                "--inputs",
                resource("w2_captures.safetensors"),
                "--out",
                folder,
                "--no-bias",
                "2"));
    arguments.addAll(List.of(options));
    Cli run = Cli.run(arguments.toArray());
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(folder.resolve("factors.safetensors")).isNotEmptyFile();
  }

  private void check(String name, String golden, double tolerance) throws Exception {
    try (Safetensors expected = Safetensors.open(resource("w2_scores.safetensors"))) {
      double[] values = expected.tensor(golden).toDoubles();
      assertThat(Tensors.distance(scores(name), values)).as(golden).isLessThan(tolerance);
    }
  }

  private double[] scores(String name) throws IOException {
    return Tensors.read(folder.resolve("scores.safetensors"), name);
  }

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(GoldenTest.class.getResource(name)).toURI());
  }
}
