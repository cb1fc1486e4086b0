/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.ScoreOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A program whose capture is shortened while it scores; {@link SharedFileTest} starts it. */
final class ShortenedCapture {
  private ShortenedCapture() {}

  public static void main(String[] args) throws IOException {
    Path path = Path.of(args[0]);
    LayerSpec layer = LayerSpec.linear("w", 4096, 2).withoutBias();
    try (Safetensors file = Safetensors.open(path);
        Influence influence =
            Influence.builder()
                .layers(layer)
                .backend("reference")
                .strategy(CurvatureStrategy.DIAGONAL)
                .build()) {
      GradientSource all = sink -> replay(file, sink::accept, () -> {});
      FittedCurvature curvature = influence.fit(all);
      GradientSource shortened = sink -> replay(file, sink::accept, () -> shorten(path));
      influence.score(curvature, all, shortened, ScoreOptions.pairwise());
    } catch (UncheckedIOException e) {
      System.out.println(e);
      System.exit(3);
    }
  }

  private interface Batches {
    void accept(GradientBatch batch);
  }

  private static void replay(Safetensors file, Batches batches, Runnable afterFirst) {
    ByteBuffer activations = ByteBuffer.allocateDirect(8 * 4096 * 4);
    ByteBuffer gradients = ByteBuffer.allocateDirect(8 * 2 * 4);
    for (int first = 0; first < 64; first += 8) {
      file.read("act", first * 4096L, activations.clear());
      file.read("grad", first * 2L, gradients.clear());
      batches.accept(
          GradientBatch.of(
              8,
              new LayerBatch(
                  "w",
                  TensorView.of(activations.flip(), ElementType.F32, 8, 4096),
                  TensorView.of(gradients.flip(), ElementType.F32, 8, 2))));
      afterFirst.run();
    }
  }

  private static void shorten(Path path) {
    try (FileChannel other = FileChannel.open(path, StandardOpenOption.WRITE)) {
      other.truncate(4096);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
