/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Factors are saved and loaded bit for bit, as documented. */
final class FactorStoreTest extends StoredFactors {
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
