/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.experiments;

import java.io.IOException;

/** Something that the paper shows, looked at in checkpoints, one after the other. */
interface Study extends Section {
  /** Looks at a model, which is closed afterwards. */
  void measure(Checkpoint model) throws IOException;

  /** What came out for the models so far, of which there is one at least. */
  ExperimentResult result();
}
