/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Influence functions for models built on the Deep Java Library with its PyTorch engine. Start at
 * {@link io.github.influence4j.djl.DjlGradients}.
 *
 * <p>In the model, the layers to track are made by {@link io.github.influence4j.djl.Taps}; they
 * keep their parameters, so checkpoints still load:
 *
 * <pre>{@code
 * Taps taps = new Taps();
 * SequentialBlock net = new SequentialBlock()
 *     .add(taps.linear("fc1", Linear.builder().setUnits(256))) // was Linear.builder()...build()
 *     .add(Activation::relu)
 *     .add(taps.linear("fc2", Linear.builder().setUnits(10)));
 * }</pre>
 *
 * <p>Then:
 *
 * <pre>{@code
 * DjlGradients<Batch> train = new DjlGradients<>(taps, trainBatches, batch ->
 *     ModelOutput.classification(taps.forward(net, batch.inputs()), batch.labels()));
 * try (Influence influence = Influence.builder().layers(taps.layers()).build()) {
 *   FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
 *   InfluenceScores scores = influence.score(
 *       curvature, queries.dataLabels(), train.dataLabels(), ScoreOptions.topK(10));
 * }
 * }</pre>
 *
 * <p>Only layers that the user's code makes can be tapped: blocks such as {@code BertBlock} and
 * {@code ScaledDotProductAttentionBlock} make their own, and imported TorchScript models have none.
 * Embeddings and norms are not tracked.
 */
@NullMarked
package io.github.influence4j.djl;

import org.jspecify.annotations.NullMarked;
