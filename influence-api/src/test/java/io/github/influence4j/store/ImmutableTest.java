/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.Damping;
import io.github.influence4j.curvature.FactorBlock;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.curvature.PartFactors;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is called immutable stays as it is, whatever is done to what went in or came out. */
final class ImmutableTest {
  private static final LayerSpec LAYER = LayerSpec.linear("w", 4, 3);
  private static final int EXAMPLES = 7;

  @TempDir Path folder;
  private Influence influence;
  private GradientSource train;
  private GradientSource queries;
  private FittedCurvature fitted;
  private double[][] scores;

  @BeforeEach
  void fit() {
    Random random = SeededRandom.at("immutable");
    influence = Influence.builder().layers(LAYER).backend("reference").build();
    train = source(random);
    queries = source(random);
    fitted = influence.fit(train);
    scores = score(fitted);
  }

  @AfterEach
  void close() {
    influence.close();
  }

  private static GradientSource source(Random random) {
    GradientBatch batch =
        GradientBatch.of(
            EXAMPLES,
            new LayerBatch(
                "w",
                TensorView.of(SeededRandom.gaussians(random, EXAMPLES * 4), EXAMPLES, 4),
                TensorView.of(SeededRandom.gaussians(random, EXAMPLES * 3), EXAMPLES, 3)));
    return sink -> sink.accept(batch);
  }

  private double[][] score(FittedCurvature curvature) {
    return influence.score(curvature, queries, train, ScoreOptions.pairwise()).toMatrix();
  }

  private static List<TensorView> tensors(FittedCurvature curvature) {
    List<TensorView> all = new ArrayList<>();
    for (PartFactors part : curvature.factors("w").parts()) {
      all.add(Objects.requireNonNull(part.squares()));
      for (List<FactorBlock> side : List.of(part.activations(), part.gradients())) {
        for (FactorBlock block : side) {
          all.addAll(List.of(block.covariance(), block.eigenvalues(), block.eigenvectors()));
        }
      }
    }
    return all;
  }

  @Test
  void factorsCannotBeChanged() throws IOException {
    Path file = folder.resolve("factors");
    FactorStore.save(file, fitted);
    for (FittedCurvature curvature : List.of(fitted, FactorStore.load(file, List.of(LAYER)))) {
      assertThat(tensors(curvature)).hasSize(7);
      for (TensorView tensor : tensors(curvature)) {
        assertThat(tensor.isImmutable()).isTrue();
        for (TensorView view :
            List.of(tensor, tensor.slice(0, 1), tensor.reshape(tensor.elements()))) {
          assertThatThrownBy(() -> view.set(0, Double.NaN))
              .isInstanceOf(UnsupportedOperationException.class)
              .hasMessageContaining("This tensor is immutable; copy its numbers");
          ByteBuffer bytes = Objects.requireNonNull(view.byteBuffer());
          assertThat(bytes.isReadOnly()).isTrue();
          assertThat(view.floatArray()).isNull();
          assertThat(view.doubleArray()).isNull();
        }
        Arrays.fill(tensor.toDoubles(), Double.NaN);
        Arrays.fill(tensor.shape(), -1);
      }
      Arrays.fill(curvature.eigenvalues("w"), Double.NaN);
      curvature.reciprocals("w", Damping.HEURISTIC).forEach(part -> Arrays.fill(part, 0));
      assertThatThrownBy(() -> curvature.layers().remove(0))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> curvature.factors("w").parts().remove(0))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThat(score(curvature)).isDeepEqualTo(scores);
    }
  }

  /** A curvature that was made of arrays and buffers does not depend on them afterwards. */
  @Test
  void factorsAreCopiedFromTheirMaker() {
    List<double[]> arrays = new ArrayList<>();
    List<ByteBuffer> buffers = new ArrayList<>();
    LayerFactors old = fitted.factors("w");
    List<PartFactors> parts = new ArrayList<>();
    for (PartFactors part : old.parts()) {
      parts.add(
          new PartFactors(
              borrowed(part.activations(), arrays, buffers),
              borrowed(part.gradients(), arrays, buffers),
              array(Objects.requireNonNull(part.squares()), arrays)));
    }
    FittedCurvature made =
        new FittedCurvature(
            CurvatureStrategy.EKFAC,
            List.of(
                new LayerFactors(
                    LAYER, old.rows(), old.covarianceExamples(), old.squaresExamples(), parts)));
    parts.clear();
    arrays.forEach(array -> Arrays.fill(array, Double.NaN));
    buffers.forEach(buffer -> buffer.put(0, new byte[buffer.capacity()]));
    assertThat(score(made)).isDeepEqualTo(scores);
  }

  private static List<FactorBlock> borrowed(
      List<FactorBlock> blocks, List<double[]> arrays, List<ByteBuffer> buffers) {
    List<FactorBlock> copies = new ArrayList<>();
    for (FactorBlock block : blocks) {
      ByteBuffer vectors = ByteBuffer.allocateDirect(block.eigenvectors().elements() * 8);
      vectors.put(Objects.requireNonNull(block.eigenvectors().byteBuffer())).flip();
      buffers.add(vectors);
      copies.add(
          new FactorBlock(
              array(block.covariance(), arrays),
              array(block.eigenvalues(), arrays),
              TensorView.of(vectors, ElementType.F64, block.eigenvectors().shape())));
    }
    return copies;
  }

  private static TensorView array(TensorView tensor, List<double[]> arrays) {
    arrays.add(tensor.toDoubles());
    return TensorView.of(arrays.get(arrays.size() - 1), tensor.shape());
  }

  /** What another process does to the file later reaches nobody. */
  @Test
  void loadedFactorsDoNotDependOnTheFile() throws IOException {
    Path file = folder.resolve("factors");
    FactorStore.save(file, fitted);
    byte[] good = Files.readAllBytes(file);
    FittedCurvature loaded = FactorStore.load(file, List.of(LAYER));
    Files.write(file, new byte[good.length], StandardOpenOption.WRITE);
    assertThat(score(loaded)).isDeepEqualTo(scores);
    Files.write(file, new byte[3]);
    assertThat(score(loaded)).isDeepEqualTo(scores);
    Files.delete(file);
    assertThat(score(loaded)).isDeepEqualTo(scores);
    Files.write(file, good);
    assertThat(score(FactorStore.load(file, List.of(LAYER)))).isDeepEqualTo(scores);
  }

  @Test
  void resultsCannotBeChanged() {
    ScoreOptions options = ScoreOptions.pairwise().withPerLayer(true).withPerRow(true);
    InfluenceScores result = influence.score(fitted, queries, train, options);
    Arrays.fill(result.scores(0), Double.NaN);
    Arrays.fill(result.layerScores("w", 0), Double.NaN);
    Arrays.fill(result.rowScores(0, 0), Double.NaN);
    Arrays.fill(result.toMatrix()[0], Double.NaN);
    for (List<?> list :
        List.of(
            result.proponents(0),
            result.opponents(0),
            result.layers(),
            result.dampings(),
            result.options().dampings())) {
      assertThatThrownBy(list::clear).isInstanceOf(UnsupportedOperationException.class);
    }
    assertThat(result.toMatrix()).isDeepEqualTo(scores);
    assertThat(result.layerScores("w", 0)).containsExactly(scores[0]);
    assertThat(result.rowScores(0, 0)).containsExactly(scores[0][0]);

    SelfInfluence self =
        influence.selfInfluence(fitted, train, SelfInfluenceOptions.defaults().withPerLayer(true));
    double[] before = self.scores();
    Arrays.fill(self.scores(), Double.NaN);
    Arrays.fill(self.layerScores("w"), Double.NaN);
    assertThatThrownBy(() -> self.top(3).clear()).isInstanceOf(UnsupportedOperationException.class);
    assertThat(self.scores()).containsExactly(before);
    assertThat(self.layerScores("w")).containsExactly(before);
  }

  @Test
  void everyTypeHasAnImmutableCopy() {
    TensorView half = TensorView.of(ByteBuffer.wrap(new byte[] {0, 0x3c}), ElementType.F16, 1);
    assertThat(half.isImmutable()).isFalse();
    assertThat(half.toImmutable().get(0)).isEqualTo(1);
    float[] floats = {1, 2};
    TensorView copy = TensorView.of(floats, 2).toImmutable();
    floats[0] = 9;
    assertThat(copy.toDoubles()).containsExactly(1, 2);
    assertThat(copy.toImmutable()).isSameAs(copy);
    double[] doubles = {1.5, 2};
    TensorView narrow = TensorView.immutable(ElementType.F32, doubles, 1, 2);
    doubles[0] = 9;
    assertThat(narrow.toDoubles()).containsExactly(1.5, 2);
    assertThatThrownBy(() -> TensorView.immutable(ElementType.F64, doubles, 3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 values do not fit a tensor of shape [3].");
    assertThatThrownBy(() -> TensorView.onDevice(64, 0, ElementType.F32, 1).toImmutable())
        .isInstanceOf(IllegalStateException.class);
  }
}
