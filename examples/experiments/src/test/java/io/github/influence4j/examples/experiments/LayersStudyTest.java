/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LayersStudyTest {
  @Test
  void findsTheBlock() {
    assertThat(LayersStudy.block("transformer.h.11.attn.c_attn")).isEqualTo(11);
    assertThat(LayersStudy.block("model.layers.0.mlp.gate_proj")).isZero();
    assertThatThrownBy(() -> LayersStudy.block("lm_head")).hasMessageContaining("lm_head");
  }

  @Test
  void thirdsShareTheBlockBetweenThem() {
    assertThat(LayersStudy.overlap(0, 3, 0)).isEqualTo(1, within(1e-12));
    assertThat(LayersStudy.overlap(0, 3, 1)).isZero();
    assertThat(LayersStudy.overlap(1, 4, 0)).isEqualTo(1.0 / 3, within(1e-12));
    assertThat(LayersStudy.overlap(1, 4, 1)).isEqualTo(2.0 / 3, within(1e-12));
    assertThat(LayersStudy.overlap(0, 1, 2)).isEqualTo(1.0 / 3, within(1e-12));
  }
}
