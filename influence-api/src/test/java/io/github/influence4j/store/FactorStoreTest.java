/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FactorStoreTest {
  private static final LayerSpec FC = LayerSpec.linear("fc", 4, 3);
  private static final LayerSpec Q = LayerSpec.linear("q.proj", 5, 3).withoutBias();
  private static final LayerSpec K =
      LayerSpec.linear("k.proj", 5, 2).withoutBias().sharingInputOf("q.proj");
  private static final LayerSpec CONV =
      LayerSpec.conv2d(
          "conv",
          Conv2d.of(4, 6, 2).withGroups(2).withPadding(1).withPaddingMode(PaddingMode.REFLECT));
  private static final List<LayerSpec> MODEL = List.of(K, FC, CONV, Q);

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("factors.safetensors");
  }

  private static FittedCurvature curvature(CurvatureStrategy strategy, ElementType precision) {
    return new RandomFactors(TestFiles.random("FactorStoreTest"), strategy, precision).fit(MODEL);
  }

  private static void assertSame(TensorView found, TensorView expected) {
    assertThat(found.type()).isEqualTo(expected.type());
    assertThat(found.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.elements(); i++) {
      assertThat(Double.doubleToRawLongBits(found.get(i)))
          .isEqualTo(Double.doubleToRawLongBits(expected.get(i)));
    }
  }

  private static void assertSame(List<FactorBlock> found, List<FactorBlock> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int b = 0; b < found.size(); b++) {
      assertSame(found.get(b).covariance(), expected.get(b).covariance());
      assertSame(found.get(b).eigenvalues(), expected.get(b).eigenvalues());
      assertSame(found.get(b).eigenvectors(), expected.get(b).eigenvectors());
    }
  }

  private static void assertSame(FittedCurvature found, FittedCurvature expected) {
    assertThat(found.strategy()).isEqualTo(expected.strategy());
    assertThat(found.layers()).isEqualTo(expected.layers());
    for (LayerSpec layer : expected.layers()) {
      LayerFactors a = found.factors(layer.name());
      LayerFactors b = expected.factors(layer.name());
      assertThat(a.rows()).isEqualTo(b.rows());
      assertThat(a.covarianceExamples()).isEqualTo(b.covarianceExamples());
      assertThat(a.squaresExamples()).isEqualTo(b.squaresExamples());
      assertThat(a.parts()).hasSameSizeAs(b.parts());
      for (int group = 0; group < b.parts().size(); group++) {
        assertSame(a.parts().get(group).activations(), b.parts().get(group).activations());
        assertSame(a.parts().get(group).gradients(), b.parts().get(group).gradients());
        TensorView squares = b.parts().get(group).squares();
        if (squares == null) {
          assertThat(a.parts().get(group).squares()).isNull();
        } else {
          assertSame(Objects.requireNonNull(a.parts().get(group).squares()), squares);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(CurvatureStrategy.Kind.class)
  void roundTripsEveryStrategyBitForBit(CurvatureStrategy.Kind kind) throws IOException {
    for (ElementType precision : List.of(ElementType.F32, ElementType.F64)) {
      FittedCurvature saved = curvature(new CurvatureStrategy(kind, 1), precision);
      FactorStore.save(file, saved);
      assertSame(FactorStore.load(file, MODEL), saved);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 100})
  void roundTripsBlocks(int blocks) throws IOException {
    FittedCurvature saved =
        curvature(CurvatureStrategy.blockDiagonalEkfac(blocks), ElementType.F64);
    FactorStore.save(file, saved);
    assertSame(FactorStore.load(file, MODEL), saved);
  }

  @Test
  void loadedFactorsPreconditionBitForBit() throws IOException {
    FittedCurvature saved = curvature(CurvatureStrategy.EKFAC, ElementType.F64);
    FactorStore.save(file, saved);
    FittedCurvature loaded = FactorStore.load(file, MODEL);
    for (LayerSpec layer : MODEL) {
      double[] vector = new double[layer.outputs() * layer.gradientColumns()];
      for (int i = 0; i < vector.length; i++) {
        vector[i] = Math.sin(i);
      }
      for (Damping damping : List.of(Damping.relative(0.1), Damping.absolute(1e-8))) {
        assertThat(loaded.inverseVectorProduct(layer.name(), vector, damping))
            .isEqualTo(saved.inverseVectorProduct(layer.name(), vector, damping));
      }
    }
  }

  @Test
  void savesTheSameBytesTwice() throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.EKFAC, ElementType.F32));
    Path again = folder.resolve("again.safetensors");
    FactorStore.save(again, FactorStore.load(file, MODEL));
    assertThat(again).hasSameBinaryContentAs(file);
  }

  @Test
  void namesTensorsAsDocumented() throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.blockDiagonalEkfac(3), ElementType.F64));
    try (Safetensors tensors = Safetensors.open(file)) {
      assertThat(tensors.names())
          .contains(
              "activation_covariance.conv.group1.block2",
              "gradient_eigenvectors.conv.group0.block0",
              "gradient_eigenvalues.k.proj.block1",
              "activation_covariance.q.proj.block2",
              "num_gradient_covariance_processed.k.proj",
              "num_covariance_examples.k.proj",
              "lambda_matrix.conv",
              "num_lambda_processed.conv")
          .doesNotContain(
              "activation_covariance.k.proj.block0",
              "num_activation_covariance_processed.k.proj",
              "gradient_eigenvalues.k.proj.block2");
      assertThat(tensors.shape("lambda_matrix.conv")).containsExactly(6, 9);
      assertThat(tensors.metadata())
          .containsEntry("influence4j.format", "2")
          .containsEntry("influence4j.strategy", "EKFAC")
          .containsEntry("influence4j.blocks", "3")
          .containsEntry("influence4j.layers", "4")
          .containsEntry("influence4j.layer.0.name", "k.proj")
          .containsEntry("influence4j.layer.0.inputOf", "q.proj")
          .containsEntry("influence4j.layer.0.bias", "false")
          .containsEntry(
              "influence4j.layer.2.convolution",
              "channels=4>6 kernel=2x2 stride=1x1 padding=1x1 mode=REFLECT dilation=1x1 groups=2")
          .containsKey("influence4j.version")
          .doesNotContainKey("influence4j.layer.1.convolution");
    }
    FactorStore.save(file, curvature(CurvatureStrategy.EKFAC, ElementType.F64));
    try (Safetensors tensors = Safetensors.open(file)) {
      assertThat(tensors.names())
          .contains("activation_covariance.fc", "gradient_covariance.conv.group1");
    }
    FactorStore.save(file, curvature(CurvatureStrategy.IDENTITY, ElementType.F64));
    try (Safetensors tensors = Safetensors.open(file)) {
      assertThat(tensors.names()).isEmpty();
    }
  }

  @Test
  void sharesLoadedActivationFactors() throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.EKFAC, ElementType.F64));
    FittedCurvature loaded = FactorStore.load(file, MODEL);
    FactorBlock own = loaded.factors("q.proj").parts().get(0).activations().get(0);
    assertThat(loaded.factors("k.proj").parts().get(0).activations().get(0)).isSameAs(own);
  }

  @Test
  void loadsLayersInTheOrderAsked() throws IOException {
    FactorStore.save(file, curvature(CurvatureStrategy.EKFAC, ElementType.F64));
    List<LayerSpec> order = List.of(Q, K, CONV, FC);
    assertThat(FactorStore.load(file, order).layers()).isEqualTo(order);
  }

  @Test
  void roundTripsTheFactorsOfKronfluence() throws Exception {
    List<LayerSpec> layers =
        List.of(
            LayerSpec.linear("0", 10, 32),
            LayerSpec.linear("2", 32, 16).withoutBias(),
            LayerSpec.linear("4", 16, 1));
    Path golden =
        Path.of(
            Objects.requireNonNull(
                    FactorStoreTest.class.getResource("/golden/w2_factors_fp64.safetensors"))
                .toURI());
    List<LayerFactors> factors = new java.util.ArrayList<>();
    try (Safetensors tensors = Safetensors.open(golden)) {
      for (LayerSpec layer : layers) {
        factors.add(kronfluence(tensors, layer));
      }
    }
    FittedCurvature saved = new FittedCurvature(CurvatureStrategy.EKFAC, factors);
    FactorStore.save(file, saved);
    assertSame(FactorStore.load(file, layers), saved);
  }

  private static LayerFactors kronfluence(Safetensors tensors, LayerSpec layer) {
    String name = layer.name();
    long rows = tensors.longs("num_activation_covariance_processed." + name)[0];
    PartFactors part =
        new PartFactors(
            List.of(kronfluence(tensors, "activation_", name)),
            List.of(kronfluence(tensors, "gradient_", name)),
            tensors.tensor("lambda_matrix." + name));
    long examples = tensors.longs("num_lambda_processed." + name)[0];
    return new LayerFactors(layer, rows, rows, examples, List.of(part));
  }

  private static FactorBlock kronfluence(Safetensors tensors, String side, String layer) {
    double[] values = tensors.tensor(side + "eigenvalues." + layer).toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = Math.max(0, values[i]); // kronfluence does not clamp
    }
    return new FactorBlock(
        tensors.tensor(side + "covariance." + layer),
        TensorView.of(values, values.length),
        tensors.tensor(side + "eigenvectors." + layer));
  }

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
            + " dilation=1x1 groups=2\" in the file and \"channels=4>6 kernel=2x2 stride=2x2 padding=1x1"
            + " mode=REFLECT dilation=1x1 groups=2\" in this model");
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
        "was written in factor format 3 by version \"9.1\", this version reads format 2; use a newer"
            + " Influence4J.");
    refused(
        Map.of("influence4j.format", "1"),
        none,
        "was written in factor format 1 by version \"development\", this version reads format 2; fit"
            + " again and save.");
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
        new RandomFactors(TestFiles.random("shared"), CurvatureStrategy.KFAC, ElementType.F64);
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
        new RandomFactors(TestFiles.random("colliding"), strategy, ElementType.F64).fit(layers);
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

  /** Before saving and in its midst: the new file is whole, or the old one stays and it is said. */
  @Test
  void savingInAnInterruptedThreadSaysSo() throws Exception {
    FittedCurvature old = curvature(CurvatureStrategy.EKFAC, ElementType.F32);
    FittedCurvature next = curvature(CurvatureStrategy.DIAGONAL, ElementType.F32);
    FactorStore.save(file, old);
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> FactorStore.save(file, next))
        .isInstanceOf(ClosedByInterruptException.class)
        .hasMessage(file + ": writing was interrupted; what was there before is unchanged");
    assertThat(Thread.interrupted()).isTrue();
    assertSame(FactorStore.load(file, MODEL), old);

    Thread saver = Thread.currentThread();
    for (int delay = 0; delay < 40; delay++) {
      FactorStore.save(file, old);
      int pauses = delay * 1000;
      Thread interrupter =
          new Thread(
              () -> {
                for (int i = 0; i < pauses; i++) {
                  Thread.onSpinWait();
                }
                saver.interrupt();
              });
      interrupter.start();
      boolean saved = true;
      try {
        FactorStore.save(file, next);
      } catch (ClosedByInterruptException e) {
        assertThat(e).hasMessageContaining(": writing was interrupted; what was there before is");
        saved = false;
      }
      while (!Thread.interrupted()) {
        Thread.onSpinWait();
      }
      assertSame(FactorStore.load(file, MODEL), saved ? next : old);
      assertThat(folder.toFile().list()).containsExactly("factors.safetensors");
    }
  }
}
