/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import io.github.influence4j.examples.document.Table;
import io.github.influence4j.examples.document.Verdict;
import java.util.List;

/**
 * What an experiment came to.
 *
 * @param method what was done, for readers who know the paper
 * @param table the numbers
 * @param picture an SVG file
 * @param verdicts what was asked for and whether it was reached
 * @param reading what the numbers say, and why
 */
record ExperimentResult(
    String method, Table table, String picture, List<Verdict> verdicts, String reading) {
  ExperimentResult {
    verdicts = List.copyOf(verdicts);
  }
}
