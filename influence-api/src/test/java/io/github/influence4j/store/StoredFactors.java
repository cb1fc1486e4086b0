/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.PaddingMode;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.testing.SeededRandom;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Factors of a small model in a file, and their comparison bit for bit. */
abstract class StoredFactors {
  static final LayerSpec FC = LayerSpec.linear("fc", 4, 3);
  static final LayerSpec Q = LayerSpec.linear("q.proj", 5, 3).withoutBias();
  static final LayerSpec K =
      LayerSpec.linear("k.proj", 5, 2).withoutBias().sharingInputOf("q.proj");
  static final LayerSpec CONV =
      LayerSpec.conv2d(
          "conv",
          Conv2d.of(4, 6, 2).withGroups(2).withPadding(1).withPaddingMode(PaddingMode.REFLECT));
  static final List<LayerSpec> MODEL = List.of(K, FC, CONV, Q);

  @TempDir Path folder;
  Path file;

  @BeforeEach
  void name() {
    file = folder.resolve("factors.safetensors");
  }

  static FittedCurvature curvature(CurvatureStrategy strategy, ElementType precision) {
    return new RandomFactors(SeededRandom.at("FactorStoreTest"), strategy, precision).fit(MODEL);
  }

  static void assertSame(TensorView found, TensorView expected) {
    assertThat(found.type()).isEqualTo(expected.type());
    assertThat(found.shape()).isEqualTo(expected.shape());
    assertSameBits("elements", found.toDoubles(), expected.toDoubles());
  }

  static void assertSame(List<FactorBlock> found, List<FactorBlock> expected) {
    assertThat(found).hasSameSizeAs(expected);
    for (int b = 0; b < found.size(); b++) {
      assertSame(found.get(b).covariance(), expected.get(b).covariance());
      assertSame(found.get(b).eigenvalues(), expected.get(b).eigenvalues());
      assertSame(found.get(b).eigenvectors(), expected.get(b).eigenvectors());
    }
  }

  static void assertSame(FittedCurvature found, FittedCurvature expected) {
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
}
