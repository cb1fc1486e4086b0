/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import io.github.influence4j.TensorCoresParityTest;
import io.github.influence4j.spi.BackendProvider;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link TensorCoresParityTest} on the CUDA backend. */
@ExtendWith({Required.class, Leaks.class})
class CudaTensorCoresParityTest extends TensorCoresParityTest {
  @Override
  protected BackendProvider provider() {
    return new CudaBackendProvider();
  }
}
