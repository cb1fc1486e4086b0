/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ScaleTest {
  /** Level AA of WCAG 2.2 for text of any size. */
  private static final double AA = 4.5;

  private static final Pattern COLOUR = Pattern.compile("--(\\w+): (#[0-9a-f]{6});");

  /** The variables of the light theme, and those of the dark one. */
  private static List<Map<String, String>> themes() throws IOException {
    String css;
    try (InputStream stream = Page.class.getResourceAsStream("report.css")) {
      css = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
    }
    String[] parts = css.split(":root \\{", -1);
    return List.of(colours(parts[1]), colours(parts[2]));
  }

  private static Map<String, String> colours(String css) {
    Map<String, String> colours = new HashMap<>();
    Matcher match = COLOUR.matcher(css);
    while (match.find()) {
      colours.put(match.group(1), match.group(2));
    }
    return colours;
  }

  /** Relative luminance of WCAG 2.2. */
  private static double luminance(String colour) {
    double[] weights = {0.2126, 0.7152, 0.0722};
    return IntStream.range(0, 3)
        .mapToDouble(
            i -> {
              double c = Integer.parseInt(colour.substring(1 + 2 * i, 3 + 2 * i), 16) / 255.0;
              return weights[i] * (c <= 0.04045 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
            })
        .sum();
  }

  private static double contrast(String a, String b) {
    double high = Math.max(luminance(a), luminance(b));
    double low = Math.min(luminance(a), luminance(b));
    return (high + 0.05) / (low + 0.05);
  }

  @Test
  void theContrastFormulaIsRight() {
    assertThat(contrast("#000000", "#ffffff")).isEqualTo(21);
    assertThat(contrast("#777777", "#ffffff")).isBetween(4.47, 4.49);
  }

  @Test
  void textCanBeReadOnEveryColour() throws IOException {
    for (Map<String, String> theme : themes()) {
      for (String side : List.of("p", "n")) {
        for (int level = 1; level <= Scale.LEVELS; level++) {
          assertThat(contrast(theme.get("ink"), theme.get(side + level)))
              .as("%s%d of %s", side, level, theme)
              .isGreaterThanOrEqualTo(AA);
        }
      }
      for (String paper : List.of("paper", "card")) {
        for (String text : List.of("ink", "muted", "p", "n")) {
          assertThat(contrast(theme.get(text), theme.get(paper)))
              .as("%s on %s of %s", text, paper, theme)
              .isGreaterThanOrEqualTo(AA);
        }
        // WCAG 1.4.11: what is not text needs 3.
        assertThat(contrast(theme.get("focus"), theme.get(paper))).isGreaterThanOrEqualTo(3);
      }
    }
  }

  /** Each level is further from the paper than the one before, so the order survives in grey. */
  @Test
  void levelsAreOrderedByLightness() throws IOException {
    for (Map<String, String> theme : themes()) {
      for (String side : List.of("p", "n")) {
        double before = 1;
        for (int level = 1; level <= Scale.LEVELS; level++) {
          double now = contrast(theme.get("card"), theme.get(side + level));
          assertThat(now).isGreaterThan(before);
          before = now;
        }
      }
    }
  }

  @Test
  void levelsAreFifthsOfTheStrongest() {
    assertThat(Scale.level(0.049, 1)).isEmpty();
    assertThat(Scale.level(-0.05, 1)).isEqualTo("n1");
    assertThat(Scale.level(0.2, 1)).isEqualTo("p1");
    assertThat(Scale.level(0.21, 1)).isEqualTo("p2");
    assertThat(Scale.level(-7, 7)).isEqualTo("n5");
    assertThat(Scale.level(0, 0)).isEmpty();
    assertThat(Scale.level(Double.NaN, 1)).isEmpty();
  }
}
