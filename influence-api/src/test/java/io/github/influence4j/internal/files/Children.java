/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import io.github.influence4j.testing.ChildJvm;
import java.io.IOException;
import java.util.List;

/** Other processes, to be killed. */
final class Children {
  private Children() {}

  /** Runs a main method of the tests. */
  static Process start(Class<?> program, String... arguments) throws IOException {
    return new ProcessBuilder(ChildJvm.command(List.of("-Xmx64m"), program, arguments))
        .redirectError(ProcessBuilder.Redirect.INHERIT)
        .start();
  }
}
