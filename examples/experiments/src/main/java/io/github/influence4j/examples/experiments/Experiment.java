/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import java.io.IOException;

/** Something that the paper shows for large models, looked at in a small one. */
interface Experiment extends Section {
  /** Trains, scores, and says what came out. */
  ExperimentResult run(Workbench bench) throws IOException;
}
