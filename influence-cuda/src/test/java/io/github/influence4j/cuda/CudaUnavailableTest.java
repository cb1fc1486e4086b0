/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.LayerSpec;
import org.junit.jupiter.api.Test;

final class CudaUnavailableTest {
  @Test
  void forcingTheBackendGivesTheReason() {
    Influence.Builder builder =
        Influence.builder().layers(LayerSpec.linear("fc1", 2, 3)).backend("cuda");

    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("\"cuda\" is unavailable: not built yet");
  }
}
