/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.curvature.Damping;
import java.util.List;
import java.util.Objects;

/**
 * What self-influence to compute.
 *
 * <pre>{@code
 * SelfInfluenceOptions.defaults().withDampings(Damping.absolute(1e-3)).withPerLayer(true);
 * }</pre>
 */
public final class SelfInfluenceOptions {
  private static final SelfInfluenceOptions DEFAULTS =
      new SelfInfluenceOptions(List.of(Damping.HEURISTIC), Normalization.NONE, false);

  private final List<Damping> dampings;
  private final Normalization normalization;
  private final boolean perLayer;

  private SelfInfluenceOptions(
      List<Damping> dampings, Normalization normalization, boolean perLayer) {
    if (dampings.isEmpty()) {
      throw new IllegalArgumentException("Give at least one damping.");
    }
    this.dampings = dampings;
    this.normalization = Objects.requireNonNull(normalization, "normalization");
    this.perLayer = perLayer;
  }

  /**
   * Heuristic damping, not normalised, totals only.
   *
   * @return the options
   */
  public static SelfInfluenceOptions defaults() {
    return DEFAULTS;
  }

  /**
   * Changes the dampings.
   *
   * @param values one or more
   * @return a copy
   */
  public SelfInfluenceOptions withDampings(Damping... values) {
    return new SelfInfluenceOptions(List.of(values), normalization, perLayer);
  }

  /**
   * Changes the unit.
   *
   * @param unit the unit
   * @return a copy
   */
  public SelfInfluenceOptions withNormalization(Normalization unit) {
    return new SelfInfluenceOptions(dampings, unit, perLayer);
  }

  /**
   * Keeps each layer's part.
   *
   * @param keep whether to
   * @return a copy
   */
  public SelfInfluenceOptions withPerLayer(boolean keep) {
    return new SelfInfluenceOptions(dampings, normalization, keep);
  }

  /**
   * The dampings.
   *
   * @return one or more; all are served by the same passes over the data
   */
  public List<Damping> dampings() {
    return dampings;
  }

  /**
   * The unit of the scores.
   *
   * @return the unit
   */
  public Normalization normalization() {
    return normalization;
  }

  /**
   * Whether to keep each layer's part of each score.
   *
   * @return whether
   */
  public boolean perLayer() {
    return perLayer;
  }
}
