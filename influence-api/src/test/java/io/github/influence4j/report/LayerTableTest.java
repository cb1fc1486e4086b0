/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerTableTest {
  private static String table(Object... namesAndParts) {
    Map<String, Double> layers = new LinkedHashMap<>();
    for (int i = 0; i < namesAndParts.length; i += 2) {
      layers.put((String) namesAndParts[i], (Double) namesAndParts[i + 1]);
    }
    StringBuilder html = new StringBuilder();
    new LayerTable("Layers", layers).append(html);
    return html.toString();
  }

  @Test
  void groupsByBlockAndKind() {
    String html =
        table("h.0.up", 1.0, "h.0.down", 2.0, "h.10.up", -4.0, "h.10.down", 8.0, "head", 16.0);
    assertThat(html)
        .contains("<th scope=col>Block<th scope=col>up<th scope=col>down")
        .contains("<tr><th scope=row>0<td class=p1>+1<td class=p2>+2<td>+3")
        .contains("<tr><th scope=row>10<td class=n3>−4<td class=p5>+8<td>+4")
        .contains("<th scope=row colspan=3>All layers<td>+23")
        .contains("<caption>Other layers</caption>")
        .contains("<th scope=row>head<td>+16");
  }

  /** The second model of a pair, a second number in the name, a block without one kind. */
  @Test
  void losesNoLayer() {
    String html =
        table("a.0.x", 1.0, "b.0.x", 2.0, "a.1.y.2", 4.0, "9", 8.0, "a.123456789012.x", 16.0);
    assertThat(html)
        .contains("<tr><th scope=row>0<td class=p2>+1<td><td>+1")
        .contains("<tr><th scope=row>1<td><td class=p5>+4<td>+4")
        .contains("<th scope=row>b.0.x<td>+2", "<th scope=row>9<td>+8")
        .contains("<th scope=row>a.123456789012.x<td>+16")
        .contains("All layers<td>+31");
  }

  @Test
  void listsWhatHasNoBlocks() {
    for (List<String> names : List.of(List.of("fc1", "fc2"), List.of("a.0.x", "a.1.x"))) {
      assertThat(table(names.get(0), -1.0, names.get(1), 2.0))
          .contains("<caption>Layers</caption>")
          .contains(
              "<th scope=row>"
                  + names.get(0)
                  + "<td>−1<td class=bar><span class=n style=--w:50.0%>")
          .contains(
              "<th scope=row>"
                  + names.get(1)
                  + "<td>+2<td class=bar><span class=p style=--w:100.0%>")
          .contains("All layers<td>+1");
    }
  }
}
