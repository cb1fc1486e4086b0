/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Memory that is freed under an operation kills the JVM, so these run in one of their own. */
@Timeout(300)
class CloseWhileUsedTest {
  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(Precision.class)
  void fitters(Precision precision) throws Exception {
    run(precision, 2200, 6, "fitter");
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void tensorsAndBackends(Precision precision) throws Exception {
    run(precision, 1500, 10, "tensor");
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void exitsInTheMiddleOfAnEigendecomposition(Precision precision) throws Exception {
    run(precision, 1600, 1, "exit");
  }

  private void run(Precision precision, int n, int rounds, String what)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx600m",
                "-Dorg.bytedeco.javacpp.cachedir="
                    + System.getProperty("org.bytedeco.javacpp.cachedir", directory.toString()),
                "-cp",
                System.getProperty("java.class.path"),
                CloseHammer.class.getName(),
                precision.name(),
                Integer.toString(n),
                Integer.toString(rounds),
                what)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output;
    try (InputStream out = process.getInputStream()) {
      output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
    }
    assertThat(process.waitFor(200, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(output).isZero();
  }
}
