/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.events;

import io.github.influence4j.progress.Stage;
import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The time our own arithmetic took for one step of a stage; the model's own time is not in it. */
@Name("io.github.influence4j.Stage")
@Label("Influence stage")
@Description("Arithmetic of one batch (or of all eigendecompositions) of an influence computation")
@Category("Influence4J")
@StackTrace(false)
public final class StageEvent extends Event {
  /** The {@link Stage}. */
  @Label("Stage")
  String stage;

  /** Which run over the data of the stage, from 0. */
  @Label("Pass")
  int pass;

  /** Examples (matrices in EIGENDECOMPOSITION) of the step. */
  @Label("Examples")
  int examples;

  private StageEvent(Stage stage, int pass, int examples) {
    this.stage = stage.name();
    this.pass = pass;
    this.examples = examples;
  }

  /**
   * Starts the clock.
   *
   * @param stage what is done
   * @param pass which run over the data, from 0
   * @param examples of this step
   * @return an event to {@link #commit}
   */
  public static StageEvent begin(Stage stage, int pass, int examples) {
    StageEvent event = new StageEvent(stage, pass, examples);
    event.begin();
    return event;
  }
}
