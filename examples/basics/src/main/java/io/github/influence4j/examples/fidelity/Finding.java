/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A section of the document.
 *
 * @param name of its picture
 * @param title its heading
 * @param method what was done
 * @param table the numbers
 * @param picture SVG, or empty
 * @param verdicts what was asked for and whether it was reached
 */
record Finding(
    String name, String title, String method, Table table, String picture, List<Verdict> verdicts) {
  Finding {
    verdicts = List.copyOf(verdicts);
  }

  /** As Markdown, with the picture in a folder. */
  String markdown(String folder) {
    String shown = picture.isEmpty() ? "" : "![" + title + "](" + folder + "/" + name + ".svg)\n\n";
    return "## "
        + title
        + "\n\n"
        + method
        + "\n\n"
        + table.markdown()
        + "\n\n"
        + shown
        + verdicts.stream().map(Verdict::markdown).collect(Collectors.joining("\n\n"));
  }
}
