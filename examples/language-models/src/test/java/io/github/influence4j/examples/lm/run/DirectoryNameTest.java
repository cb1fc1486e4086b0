/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class DirectoryNameTest {
  private static final List<Path> MODELS =
      List.of(Path.of("a/small/model"), Path.of("a/large/model/"), Path.of("other"), Path.of("/"));

  @Test
  void isTheLastNameWhereNoOtherHasIt() {
    assertThat(DirectoryName.of(Path.of("./other"), MODELS)).isEqualTo("other");
  }

  @Test
  void hasAsMuchOfThePathAsTellsItFromOthers() {
    assertThat(DirectoryName.of(MODELS.get(0), MODELS)).isEqualTo("small/model");
    assertThat(DirectoryName.of(MODELS.get(1), MODELS)).isEqualTo("large/model");
  }

  @Test
  void theRootHasAName() {
    assertThat(DirectoryName.of(Path.of("/"), MODELS)).isEqualTo("/");
  }

  @Test
  void aDirectoryGivenTwiceHasItsShortName() {
    assertThat(DirectoryName.of(Path.of("x/m"), List.of(Path.of("x/m"), Path.of("x/../x/m"))))
        .isEqualTo("m");
  }
}
