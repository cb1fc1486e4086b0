/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuerySetTest {
  @TempDir private Path folder;

  @Test
  void oursAreOfThePapersKinds() throws IOException {
    List<Asked> ours = QuerySet.ours();
    assertThat(QuerySet.kinds(ours).keySet())
        .containsExactly("facts", "arithmetic", "programming", "translation", "role-play");
    assertThat(QuerySet.kinds(ours).values())
        .allSatisfy(kind -> assertThat(kind).hasSizeBetween(6, 10));
    assertThat(new HashSet<>(ours)).hasSameSizeAs(ours);
    assertThat(QuerySet.groups(ours).get("all kinds")).hasSameSizeAs(ours);
  }

  /** Or the order would not be all that differs. */
  @Test
  void wordingsSayTheCompletion() throws IOException {
    List<Asked> ordered = QuerySet.ours().stream().filter(Asked::ordered).toList();
    assertThat(ordered)
        .hasSizeGreaterThanOrEqualTo(12)
        .allSatisfy(
            asked -> {
              String said = asked.completion().strip().replaceAll("[.?]$", "");
              assertThat(asked.reworded()).containsIgnoringCase(said).doesNotStartWith(said);
              int place = String.valueOf(asked.flipped()).indexOf(capital(said));
              assertThat(place).isBetween(0, 10);
            });
  }

  private static String capital(String said) {
    return said.equals("hydrogen") ? "Hydrogen" : said;
  }

  @Test
  void meansLeaveOutWhatIsNotThere() {
    double[] values = {1, Double.NaN, 4, 100};
    assertThat(QuerySet.mean(List.of(0, 1, 2), values)).isEqualTo(2.5);
    assertThat(QuerySet.mean(List.of(1), values)).isNaN();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"kind\": \"a\", \"prompt\": \"b\"} | :1 has no \"completion\"",
        "{\"kind\": \"a\", \"prompt\": \"\", \"completion\": \"c\"} | :1 has no \"prompt\"",
        "{\"kind\": 1, \"prompt\": \"b\", \"completion\": \"c\"} | :1: \"kind\" is no string",
        "[] | :1 is no JSON object",
        "{ | :1 is no JSON object",
        "'' | has no queries",
      })
  void namesTheLineThatIsWrong(String line, String message) throws IOException {
    Path file = Files.writeString(folder.resolve("queries.jsonl"), line);
    assertThatThrownBy(() -> QuerySet.read(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContaining(message);
  }
}
