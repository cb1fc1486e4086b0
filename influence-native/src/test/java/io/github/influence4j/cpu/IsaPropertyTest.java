/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.cpu.memory.Isa;
import io.github.influence4j.testing.ChildJvm;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A slip in {@code influence4j.cpu.isa} is the error of one opening, not of the whole JVM. */
class IsaPropertyTest {
  @Test
  void canBeMended() throws Exception {
    assumeTrue(new CpuBackendProvider().availability().available());
    List<String> command = ChildJvm.command(List.of(), IsaPropertyTest.class);
    String wrong = Isa.PROPERTY + " must be baseline, avx2 or avx512, got \"avx1024\"";
    assertThat(ChildJvm.output(command))
        .contains("cpu: " + wrong, "null: " + wrong, "mended: cpu SSE2");
  }

  /** Opens the backend with a slip, then without. */
  public static void main(String[] arguments) {
    System.setProperty(Isa.PROPERTY, "avx1024");
    for (String backend : new String[] {"cpu", null}) {
      try (Influence influence = open(backend)) {
        System.out.println("opened " + influence.backend());
      } catch (IllegalArgumentException e) {
        System.out.println(backend + ": " + e.getMessage());
      }
    }
    System.setProperty(Isa.PROPERTY, "baseline");
    try (Influence influence = open("cpu")) {
      System.out.println(
          "mended: " + influence.backend().name() + " " + influence.backend().device());
    }
  }

  private static Influence open(@org.jspecify.annotations.Nullable String backend) {
    return Influence.builder()
        .layers(LayerSpec.linear("fc", 2, 2))
        .threads(1)
        .backend(backend)
        .build();
  }
}
