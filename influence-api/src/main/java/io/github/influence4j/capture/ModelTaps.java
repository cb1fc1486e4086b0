/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.Set;

/**
 * What the user of a tapped model states of the rows that its layers are fed; what the {@code Taps}
 * of the adapters have in common.
 *
 * @param <T> the adapter's own class
 */
public abstract class ModelTaps<T extends ModelTaps<T>> {
  private final RowStatements rows = new RowStatements();

  /** Nothing stated yet. */
  protected ModelTaps() {}

  /**
   * Names the example of each row of a layer's next call; for rows in any order, such as the tokens
   * routed to an expert. Say it in the forward pass, before the call. Without it the first
   * dimension of a call is the examples.
   *
   * <pre>{@code
   * taps.rowsOf("expert.1", exampleOfToken);
   * y = expert1.forward(tokens);
   * }</pre>
   *
   * @param layer the name of a tapped layer
   * @param examples for each row the number of its example in the batch, from 0; for convolutions
   *     for each image. None at all if the layer has no rows, called or not
   * @return this
   */
  public final T rowsOf(String layer, int... examples) {
    if (capturing()) {
      rows.rowsOf(requireTapped(layer), examples);
    }
    return self();
  }

  /**
   * States that the first dimension of what layers are fed is the examples: [examples, ...,
   * inputs], or [examples · rows, inputs] with as many rows of each. It is verified once for each
   * shape, where anything that is not stated is verified in every batch.
   *
   * @param layers their names; none for all that nothing else is stated of
   * @return this
   */
  public final T examplesFirst(String... layers) {
    return layout(RowLayout.EXAMPLES_FIRST, layers);
  }

  /**
   * States that layers are fed [rows, examples, ..., inputs], as recurrent models often are.
   *
   * @param layers their names; none for all that nothing else is stated of
   * @return this
   */
  public final T rowsFirst(String... layers) {
    return layout(RowLayout.ROWS_FIRST, layers);
  }

  /**
   * Allows batches that do not call a layer, such as an expert without tokens: its examples have
   * gradient 0 there. A tracked layer that is not called is refused otherwise.
   *
   * @param layers their names
   * @return this
   */
  public final T mayBeUncalled(String... layers) {
    for (String layer : layers) {
      rows.mayBeUncalled(requireTapped(layer));
    }
    return self();
  }

  private T layout(RowLayout layout, String... layers) {
    for (String layer : layers) {
      requireTapped(layer);
    }
    rows.layout(layout, layers);
    return self();
  }

  /**
   * The tapped layers.
   *
   * @return their names
   */
  protected abstract Set<String> names();

  /**
   * Whether a forward pass is being recorded.
   *
   * @return true while it is
   */
  protected abstract boolean capturing();

  /**
   * What was stated.
   *
   * @return to be applied to the calls of a pass
   */
  protected final RowStatements rows() {
    return rows;
  }

  /**
   * Refuses names that are not of tapped layers.
   *
   * @param layer a name
   * @return the same name
   * @throws IllegalArgumentException if no tapped layer has it
   */
  protected final String requireTapped(String layer) {
    if (!names().contains(layer)) {
      throw new IllegalArgumentException(
          "No layer named \"" + layer + "\" was tapped; there are " + names() + ".");
    }
    return layer;
  }

  @SuppressWarnings("unchecked") // by what T is bound to
  private T self() {
    return (T) this;
  }
}
