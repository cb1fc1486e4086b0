/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static io.github.influence4j.testing.Bits.assertSameBits;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.ComputeBackend;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every operation in both precisions, by our kernels and by the libraries: few enough to run under
 * compute-sanitizer, where the whole contract would take hours.
 */
@ExtendWith({Required.class, Leaks.class})
final class ScenarioTest {
  private static final Tuning OURS = new Tuning(128, 128, 3, 1 << 20, 1 << 12);
  private static final Tuning LIBRARIES = new Tuning(1, 0, 3, 1 << 20, 1 << 12);

  @ParameterizedTest
  @CsvSource({"F32, true", "F32, false", "F64, true", "F64, false"})
  void everyOperationGivesNumbersAndTheSameAgain(Precision precision, boolean ours) {
    try (ComputeBackend backend = Scenario.backend(precision, ours ? OURS : LIBRARIES)) {
      List<double[]> results = Scenario.run(backend, 5);
      List<double[]> again = Scenario.run(backend, 5);
      assertThat(again).hasSameSizeAs(results);
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i)).doesNotContain(Double.NaN);
        assertSameBits("result " + i, again.get(i), results.get(i));
      }
    }
  }
}
