/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.MainJarContract;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What goes into the jar: our libraries, and nothing that only looks like CUDA. */
final class MainJarTest extends MainJarContract {
  MainJarTest() {
    super("cuda-emulator", "cuda-test", "standins");
  }

  @Test
  void holdsNoStandIn() throws IOException {
    assertThat(libraries())
        .extracting(file -> file.getFileName().toString())
        .contains("libjniCudaDriver.so", "libjniKernels.so")
        .isSubsetOf("libjniCudaDriver.so", "libjniKernels.so", "libinfluence_cuda.so");
    for (Path library : libraries()) {
      String text = Files.readString(library, StandardCharsets.ISO_8859_1);
      assertThat(text)
          .as(library.toString())
          .doesNotContain("stand-in", "standin", "divergent barrier");
    }
  }
}
