/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.ElementType;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Damaged factor files: each is refused with a text that names it, or loads and is, to the last
 * bit, what was saved. The damage to a header alone must not look like another model.
 */
final class FactorFileFuzzTest {
  private static final LayerSpec SMALL = LayerSpec.linear("w", 2, 1).withoutBias();
  private static final List<LayerSpec> LARGER =
      List.of(
          LayerSpec.linear("k", 7, 5).withoutBias().sharingInputOf("q"),
          LayerSpec.linear("q", 7, 6).withoutBias(),
          LayerSpec.conv2d("c", Conv2d.of(4, 6, 2).withGroups(2)));

  @TempDir Path folder;

  /** Whether a damaged file loads; then it must be what was saved. */
  private boolean loads(byte[] damaged, byte[] saved, List<LayerSpec> model) throws IOException {
    Path file = folder.resolve("damaged.safetensors");
    Files.write(file, damaged);
    FittedCurvature loaded;
    try {
      loaded = FactorStore.load(file, model);
    } catch (InvalidSafetensorsException e) {
      assertThat(e).hasMessageStartingWith("File \"" + file + "\": ");
      return false;
    }
    Path again = folder.resolve("again.safetensors");
    FactorStore.save(again, loaded);
    assertThat(again).hasBinaryContent(saved);
    return true;
  }

  private byte[] saved(CurvatureStrategy strategy, ElementType precision, List<LayerSpec> model)
      throws IOException {
    Path file = folder.resolve("saved.safetensors");
    FactorStore.save(
        file, new RandomFactors(SeededRandom.at("saved"), strategy, precision).fit(model));
    return Files.readAllBytes(file);
  }

  @Test
  void everySingleBitFlipIsRefusedOrHarmless() throws IOException {
    byte[] saved = saved(CurvatureStrategy.EKFAC, ElementType.F64, List.of(SMALL));
    int header = 8 + (int) ByteBuffer.wrap(saved).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    int harmless = 0;
    for (int bit = 0; bit < saved.length * Byte.SIZE; bit++) {
      byte[] damaged = saved.clone();
      damaged[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      if (loads(damaged, saved, List.of(SMALL))) {
        assertThat(bit / Byte.SIZE).as("harmless only in the header").isLessThan(header);
        harmless++;
      }
    }
    System.out.println(
        "bit flips in a factor file: " + harmless + " of " + saved.length * 8 + " harmless");
    assertThat(harmless).isLessThan(saved.length / 10); // spaces that become tabs and the like
  }

  @Test
  void survivesRandomDamage() throws IOException {
    byte[][] saved = {
      saved(CurvatureStrategy.EKFAC, ElementType.F32, LARGER),
      saved(CurvatureStrategy.blockDiagonalEkfac(3), ElementType.F64, LARGER),
      saved(CurvatureStrategy.KFAC, ElementType.F32, LARGER),
      saved(CurvatureStrategy.DIAGONAL, ElementType.F64, LARGER),
    };
    FuzzBudget budget = FuzzBudget.ofSeconds(8);
    int loaded = 0;
    int round = 0;
    for (; budget.allows(round); round++) {
      byte[] good = saved[round % saved.length];
      loaded += loads(damage(good, SeededRandom.at("factors", round)), good, LARGER) ? 1 : 0;
    }
    System.out.println("damaged factor files: " + loaded + " of " + round + " load");
  }

  private static byte[] damage(byte[] good, Random random) {
    byte[] damaged = good.clone();
    int place = random.nextInt(good.length);
    int length = 1 + random.nextInt(Math.min(64, good.length - place));
    switch (random.nextInt(5)) {
      case 0 -> Arrays.fill(damaged, place, place + length, (byte) 0);
      case 1 -> {
        for (int i = 0; i < length; i++) {
          damaged[place + i] = (byte) random.nextInt(256);
        }
      }
      case 2 -> {
        int from = random.nextInt(good.length - length + 1);
        System.arraycopy(good, from, damaged, place, length);
      }
      case 3 -> damaged = Arrays.copyOf(damaged, random.nextInt(good.length + 16));
      default -> damaged[place] ^= (byte) (1 << random.nextInt(Byte.SIZE));
    }
    return damaged;
  }
}
