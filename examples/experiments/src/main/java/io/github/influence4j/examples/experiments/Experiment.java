/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import java.io.IOException;

/** Something that the paper shows for large models, looked at in a small one. */
interface Experiment {
  /** Argument on the command line and name of the picture; letters and hyphens. */
  String name();

  /** Heading in the document. */
  String title();

  /** Trains, scores, and says what came out. */
  ExperimentResult run(Workbench bench) throws IOException;
}
