/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.GoldenParityTest;
import io.github.influence4j.compute.Precision;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link GoldenParityTest} in F64. */
@ExtendWith(Leaks.class)
class CudaGoldenParityF64Test extends GoldenParityTest {
  @BeforeAll
  static void skipWhereUnavailable() {
    Scenario.assumeAvailable();
  }

  @Override
  protected String backendName() {
    return "cuda";
  }

  @Override
  protected Precision precision() {
    return Precision.F64;
  }
}
