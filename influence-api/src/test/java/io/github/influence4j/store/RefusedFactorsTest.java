/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Files that are not as documented, or of another model, are refused. */
final class RefusedFactorsTest extends StoredFactors {
  private void anotherModel(LayerSpec replaced, LayerSpec by, String difference) {
    List<LayerSpec> layers =
        MODEL.stream().map(layer -> layer.equals(replaced) ? by : layer).toList();
    assertThatThrownBy(() -> FactorStore.load(file, layers))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Layer "
                + difference
                + "; these factors belong to another model. Pass the layers they"
                + " were fitted with, or fit again. File \""
                + file
                + "\".");
  }

  @Test
  void refusesFactorsOfAnotherModel() throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.DIAGONAL, ElementType.F64));
    anotherModel(
        FC,
        LayerSpec.linear("fc", 5, 3),
        "\"fc\" has inputs \"4\" in the file and \"5\" in this model");
    anotherModel(
        FC,
        LayerSpec.linear("fc", 4, 2),
        "\"fc\" has outputs \"3\" in the file and \"2\" in this model");
    anotherModel(
        FC, FC.withoutBias(), "\"fc\" has bias \"true\" in the file and \"false\" in this model");
    anotherModel(
        K,
        LayerSpec.linear("k.proj", 5, 2).withoutBias(),
        "\"k.proj\" has inputOf \"q.proj\" in the file and none in this model");
    Conv2d geometry = Objects.requireNonNull(CONV.convolution());
    anotherModel(
        CONV,
        LayerSpec.conv2d("conv", geometry.withStride(2)),
        "\"conv\" has convolution \"channels=4>6 kernel=2x2 stride=1x1 padding=1x1 mode=REFLECT"
            + " dilation=1x1 groups=2\" in the file and \"channels=4>6 kernel=2x2 stride=2x2"
            + " padding=1x1 mode=REFLECT dilation=1x1 groups=2\" in this model");
    anotherModel(FC, LayerSpec.linear("fd", 4, 3), "\"fd\" is not in the file");
    assertThatThrownBy(() -> FactorStore.load(file, List.of(FC, Q, K)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("Layer \"conv\" is only in the file; these factors belong to");
  }

  @Test
  void refusesWrongLayerLists() {
    assertThatThrownBy(() -> FactorStore.load(file, List.of(FC, FC)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Two layers are named \"fc\"");
    assertThatThrownBy(() -> FactorStore.load(file, MODEL))
        .isInstanceOf(java.nio.file.NoSuchFileException.class);
  }

  /** Saves good factors, then writes them again with other metadata or tensors. */
  private void refused(Map<String, String> metadata, Map<String, Object> changes, String text)
      throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.EKFAC, ElementType.F64));
    Path lying = folder.resolve("lying.safetensors");
    try (Safetensors good = Safetensors.open(file)) {
      SafetensorsWriter writer = Safetensors.writer();
      Map<String, String> strings = new LinkedHashMap<>(good.metadata());
      strings.putAll(metadata);
      strings.values().removeIf(value -> value.equals("REMOVE"));
      strings.keySet().removeIf(key -> key.startsWith("influence4j.crc32c"));
      strings.forEach(writer::metadata);
      for (String name : good.names()) {
        Object change = changes.get(name);
        if (change instanceof TensorView tensor) {
          writer.add(name, tensor);
        } else if (change instanceof long[] longs) {
          writer.add(name, longs, longs.length);
        } else if (change == null && good.dtype(name) == DType.I64) {
          writer.add(name, good.longs(name), good.shape(name));
        } else if (change == null) {
          writer.add(name, good.tensor(name));
        }
      }
      writer.withChecksums().write(lying);
    }
    assertThatThrownBy(() -> FactorStore.load(lying, MODEL))
        .isInstanceOf(InvalidSafetensorsException.class)
        .hasMessageStartingWith("File \"" + lying + "\": ")
        .hasMessageContaining(text);
  }

  @Test
  void refusesBadMetadata() throws IOException {
    Map<String, Object> none = Map.of();
    refused(
        Map.of("influence4j.format", "REMOVE"),
        none,
        "holds no factors of Influence4J (its metadata lack \"influence4j.format\"); pass a file"
            + " that FactorStore.save wrote.");
    refused(
        Map.of("influence4j.format", "3", "influence4j.version", "9.1"),
        none,
        "was written in factor format 3 by version \"9.1\", this version reads format 2; use a"
            + " newer Influence4J.");
    refused(
        Map.of("influence4j.format", "1"),
        none,
        "was written in factor format 1 by version \"development\", this version reads format 2;"
            + " fit again and save.");
    refused(
        Map.of("influence4j.format", "x"),
        none,
        "has \"x\" as metadata \"influence4j.format\", expected an integer");
    refused(
        Map.of("influence4j.strategy", "REMOVE"),
        none,
        "lacks the metadata \"influence4j.strategy\"; it is damaged");
    refused(
        Map.of("influence4j.strategy", "SHAMPOO"),
        none,
        "has the strategy \"SHAMPOO\" with 1 blocks, which does not exist");
    refused(
        Map.of("influence4j.blocks", "0"),
        none,
        "has the strategy \"EKFAC\" with 0 blocks, which does not exist");
    refused(
        Map.of("influence4j.layers", "2147483647"),
        none,
        "lacks the metadata \"influence4j.layer.4.name\"");
    refused(Map.of("influence4j.layer.1.name", "k.proj"), none, "has two layers \"k.proj\"");
    refused(
        Map.of("influence4j.blocks", "2"),
        none,
        "tensor \"activation_covariance.fc.block0\" is missing");
  }

  @Test
  void refusesMissingAndMisshapenTensors() throws IOException {
    changed("lambda_matrix.fc", "REMOVE", "tensor \"lambda_matrix.fc\" is missing");
    changed("num_lambda_processed.fc", "REMOVE", "tensor \"num_lambda_processed.fc\" is missing");
    changed(
        "activation_eigenvectors.q.proj",
        TensorView.of(new double[16], 4, 4),
        "tensor \"activation_eigenvectors.q.proj\" has shape [4, 4], expected [5, 5]");
    changed(
        "gradient_covariance.fc",
        TensorView.of(new float[9], 3, 3),
        "tensor \"gradient_covariance.fc\" has dtype F32, expected one of [F64]");
    changed(
        "num_covariance_examples.fc",
        TensorView.of(new double[1], 1),
        "tensor \"num_covariance_examples.fc\" has dtype F64, expected one of [I64]");
    changed(
        "num_covariance_examples.fc",
        new long[2],
        "tensor \"num_covariance_examples.fc\" has shape [2], expected [1]");
  }

  private void changed(String tensor, Object change, String text) throws IOException {
    refused(Map.of(), Map.of(tensor, change), text);
  }

  @Test
  void refusesLyingNumbers() throws IOException {
    double[] bad = new double[9];
    bad[7] = Double.NaN;
    TensorView nan = TensorView.of(bad, 3, 3);
    String text = " has NaN at element 7, expected numbers that are finite";
    changed("gradient_covariance.fc", nan, "\"gradient_covariance.fc\"" + text);
    changed("gradient_eigenvectors.fc", nan, "\"gradient_eigenvectors.fc\"" + text);
    changed(
        "gradient_eigenvectors.fc",
        TensorView.of(new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1e200}, 3, 3),
        "\"gradient_eigenvectors.fc\" has column 2 of length Infinity, expected eigenvectors of"
            + " length 1");
    changed(
        "gradient_eigenvalues.fc",
        TensorView.of(new double[] {0, 1, Double.POSITIVE_INFINITY}, 3),
        "has Infinity at element 2, expected numbers that are finite and not negative");
    changed(
        "lambda_matrix.fc",
        TensorView.of(new double[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1}, 3, 5),
        "has -1.0 at element 14, expected numbers that are finite and not negative");
    changed(
        "gradient_covariance.fc",
        TensorView.of(new double[] {4, 0, 0, 0, 9, 5, 0, 5.02, 4}, 3, 3),
        "has 5.02000 at row 2, column 1 but 5.00000 on the other side of the diagonal, expected a"
            + " symmetric matrix. Take the file from a backup, or fit again.");
    changed(
        "gradient_covariance.fc",
        TensorView.of(new double[] {4, 0, 0, 0, -9, 0, 0, 0, 4}, 3, 3),
        "has -9.0 on its diagonal, at row 1");
    changed(
        "gradient_eigenvectors.fc",
        TensorView.of(new double[] {1, 0.6, 0, 0, 0.8, 0, 0, 0, 1}, 3, 3),
        "has columns that are not orthogonal (error ");
    changed("num_lambda_processed.fc", new long[] {0}, "is 0, expected at least 1");
    changed("num_covariance_examples.fc", new long[] {-3}, "is -3, expected at least 1");
    changed(
        "num_gradient_covariance_processed.fc",
        new long[] {7},
        "\"num_gradient_covariance_processed.fc\" says 7 rows, but"
            + " \"num_activation_covariance_processed.fc\" 40");
  }

  @Test
  void refusesToSaveWhatCouldNotBeLoaded() throws IOException {
    Files.writeString(file, "old");
    TensorView squares = TensorView.of(new double[] {Double.NaN}, 1, 1);
    LayerSpec layer = LayerSpec.linear("one", 1, 1).withoutBias();
    PartFactors part = new PartFactors(List.of(), List.of(), squares);
    FittedCurvature broken =
        new FittedCurvature(
            CurvatureStrategy.DIAGONAL, List.of(new LayerFactors(layer, 0, 0, 1, List.of(part))));
    assertThatThrownBy(() -> FactorStore.save(file, broken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "\"lambda_matrix.one\" has NaN at element 0, expected numbers that are finite and not"
                + " negative; nothing was saved.");
    assertThat(file).hasContent("old");
  }

  @Test
  void refusesToSaveSharedLayersWithDifferentFactors() {
    RandomFactors random =
        new RandomFactors(SeededRandom.at("shared"), CurvatureStrategy.KFAC, ElementType.F64);
    LayerSpec alone = LayerSpec.linear("k.proj", 5, 2).withoutBias();
    LayerFactors other = random.fit(List.of(alone)).factors("k.proj");
    FittedCurvature mixed =
        new FittedCurvature(
            CurvatureStrategy.KFAC,
            List.of(
                random.fit(List.of(Q)).factors("q.proj"),
                new LayerFactors(K, other.rows(), other.covarianceExamples(), 0, other.parts())));
    assertThatThrownBy(() -> FactorStore.save(file, mixed))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Layer \"k.proj\" shares the input of \"q.proj\" but has other activation factors");
  }

  @Test
  void refusesToSaveCollidingNames() {
    List<LayerSpec> layers =
        List.of(LayerSpec.linear("a", 4, 4), LayerSpec.linear("a.block0", 4, 1).withoutBias());
    CurvatureStrategy strategy = CurvatureStrategy.blockDiagonalEkfac(2);
    FittedCurvature curvature =
        new RandomFactors(SeededRandom.at("colliding"), strategy, ElementType.F64).fit(layers);
    assertThatThrownBy(() -> FactorStore.save(file, curvature))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("There already is a tensor \"gradient_covariance.a.block0\".");
  }

  /** A truncated or damaged factor file is refused; it never gives half a curvature. */
  @Test
  void refusesEveryTruncation() throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.EKFAC, ElementType.F64));
    byte[] all = Files.readAllBytes(file);
    Path cut = folder.resolve("cut.safetensors");
    for (int length = 0; length < all.length; length += 97) {
      Files.write(cut, java.util.Arrays.copyOf(all, length));
      assertThatThrownBy(() -> FactorStore.load(cut, MODEL))
          .isInstanceOf(InvalidSafetensorsException.class);
    }
  }
}
