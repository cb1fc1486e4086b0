/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.benchmarks;

import io.github.influence4j.internal.planning.CostModel;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Operations and memory of every stage on a model, by {@link CostModel}.
 *
 * @param model the tracked layers
 * @param job what is computed
 * @param factorBlocks O, 1 for full factors
 * @param rank r of the queries, 0 for dense ones
 */
record ScalingEstimate(ModelShape model, Job job, int factorBlocks, int rank) {
  private static final int ELEMENT = 4;

  /**
   * A job in float32.
   *
   * @param sequences N, those the factors are fitted to and those that are scored
   * @param rows T of a sequence
   * @param queries Q
   */
  record Job(int sequences, int rows, int queries) {}

  /** Which rate counts. */
  enum Kind {
    FLOAT32,
    FLOAT64,
    MODEL
  }

  /**
   * One stage.
   *
   * @param name of the stage
   * @param kind which rate counts
   * @param operations floating point operations
   * @param bytesMoved the least traffic between memory and processor
   * @param memory bytes that are kept, of all layers
   * @param largest the same of the layer that needs most
   */
  record Stage(
      String name,
      Kind kind,
      double operations,
      double bytesMoved,
      double memory,
      double largest) {}

  /** In the order in which they run. */
  List<Stage> stages() {
    return List.of(
        covariances(), eigendecompositions(), eigenvalues(), queries(), scan(), modelPasses());
  }

  Stage covariances() {
    return stage(
        "covariances",
        Kind.FLOAT32,
        layer -> tokens() * (layer.cost(factorBlocks).covariance(1) - shared(layer)),
        layer -> tokens() * sides(layer) * ELEMENT,
        layer -> factors(layer) - 8 * weights(layer));
  }

  /** One-stage tridiagonalisation reads half of what is left once a column: (4/3) n³ bytes. */
  Stage eigendecompositions() {
    return stage(
        "eigendecompositions",
        Kind.FLOAT64,
        layer ->
            layer.cost(factorBlocks).eigendecomposition()
                - 9 * shared(layer) * layer.inputs() / factorBlocks,
        layer -> layer.cost(factorBlocks).eigendecomposition() * 4 / 27,
        layer -> factors(layer) - 8 * weights(layer));
  }

  Stage eigenvalues() {
    return stage(
        "Λ",
        Kind.FLOAT32,
        layer -> job.sequences * rotated(layer),
        layer -> job.sequences * moved(layer),
        this::factors);
  }

  Stage queries() {
    return stage(
        "queries",
        Kind.FLOAT32,
        layer -> job.queries * (rotated(layer) + preconditioned(layer)),
        layer -> job.queries * moved(layer),
        layer -> (double) job.queries * layer.cost(factorBlocks).queryBytes(rank, ELEMENT));
  }

  Stage scan() {
    return stage(
        "scan",
        Kind.FLOAT32,
        layer -> job.sequences * scored(layer),
        layer -> job.sequences * (job.rows * sides(layer) + scoreTraffic(layer)) * ELEMENT,
        layer -> (double) job.queries * layer.cost(factorBlocks).queryBytes(rank, ELEMENT));
  }

  /** Forward and backward for covariances, Λ and scan; no weight gradient is formed. */
  private Stage modelPasses() {
    double operations = 3 * 4 * model.parameters() * tokens();
    return new Stage("the model's own passes", Kind.MODEL, operations, 0, 0, 0);
  }

  private Stage stage(
      String name,
      Kind kind,
      ToDoubleFunction<ModelShape.LayerShape> operations,
      ToDoubleFunction<ModelShape.LayerShape> bytesMoved,
      ToDoubleFunction<ModelShape.LayerShape> memory) {
    double largest = model.layers().stream().mapToDouble(memory).max().orElseThrow();
    return new Stage(name, kind, sum(operations), sum(bytesMoved), sum(memory), largest);
  }

  private double sum(ToDoubleFunction<ModelShape.LayerShape> ofLayer) {
    return model.blocks() * model.layers().stream().mapToDouble(ofLayer).sum();
  }

  private double tokens() {
    return (double) job.sequences * job.rows;
  }

  private double shared(ModelShape.LayerShape layer) {
    return layer.sharedSide() / factorBlocks;
  }

  private static double sides(ModelShape.LayerShape layer) {
    return (double) layer.inputs() + layer.outputs();
  }

  private static double weights(ModelShape.LayerShape layer) {
    return (double) layer.inputs() * layer.outputs();
  }

  private double factors(ModelShape.LayerShape layer) {
    return layer.cost(factorBlocks).factorBytes(ELEMENT) - (8 + ELEMENT) * shared(layer);
  }

  /** The cheaper form of one example's rotated gradient. */
  private double rotated(ModelShape.LayerShape layer) {
    CostModel cost = layer.cost(factorBlocks);
    return job.rows < cost.rotateRowsBelow()
        ? cost.rotateRows(job.rows)
        : cost.rotateGradient(job.rows);
  }

  /** Its rows, read, rotated and read again; its gradient and its rotated gradient likewise. */
  private double moved(ModelShape.LayerShape layer) {
    return (3 * job.rows * sides(layer) + 4 * weights(layer)) * ELEMENT;
  }

  private double preconditioned(ModelShape.LayerShape layer) {
    CostModel cost = layer.cost(factorBlocks);
    return cost.truncates(rank) ? cost.preconditionLowRank(rank) : cost.precondition();
  }

  private boolean withoutGradient(ModelShape.LayerShape layer) {
    CostModel cost = layer.cost(factorBlocks);
    int effective = cost.truncates(rank) ? rank : 0;
    return job.rows < cost.withoutGradientBelow(job.queries, effective);
  }

  private double scored(ModelShape.LayerShape layer) {
    CostModel cost = layer.cost(factorBlocks);
    if (!withoutGradient(layer)) {
      return cost.scoreByGradient(job.rows, job.queries);
    }
    return cost.truncates(rank)
        ? cost.scoreByLowRank(job.rows, job.queries, rank)
        : cost.scoreByRows(job.rows, job.queries);
  }

  /** The example's gradient, or its rows projected on the queries, written and read. */
  private double scoreTraffic(ModelShape.LayerShape layer) {
    return withoutGradient(layer)
        ? 2.0 * job.rows * job.queries * Math.max(1, rank)
        : 2 * weights(layer);
  }
}
