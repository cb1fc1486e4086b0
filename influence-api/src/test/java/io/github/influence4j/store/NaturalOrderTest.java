/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class NaturalOrderTest {
  @Test
  void countsAsPeopleDo() {
    List<String> sorted =
        List.of("0", "2", "10", "b", "b.2.q", "b.02.q1", "b.10.q", "c", "c99999999999999999999");
    List<String> names = new ArrayList<>(sorted);
    Collections.reverse(names);
    names.sort(new NaturalOrder());
    assertThat(names)
        .containsExactly("0", "2", "10", "b", "b.2.q", "b.02.q1", "b.10.q", "c", sorted.get(8));
  }
}
