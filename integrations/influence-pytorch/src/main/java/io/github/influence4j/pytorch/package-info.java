/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Influence functions for models built on the JavaCPP Presets for PyTorch. Start at {@link
 * io.github.influence4j.pytorch.TorchGradients}.
 *
 * <p>In the model, the fields of the layers to track change their type; parameters keep their
 * names, so checkpoints still load:
 *
 * <pre>{@code
 * final TappedLinear fc1; // was LinearImpl
 * fc1 = taps.linear("fc1", register_module("fc1", new LinearImpl(64, 256)));
 * }</pre>
 *
 * <p>Then:
 *
 * <pre>{@code
 * TorchGradients<Batch> train = new TorchGradients<>(taps, trainBatches,
 *     batch -> ModelOutput.classification(net.forward(batch.inputs()), batch.labels()));
 * try (Influence influence = Influence.builder().layers(taps.layers()).build()) {
 *   FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
 *   InfluenceScores scores = influence.score(
 *       curvature, queries.dataLabels(), train.dataLabels(), ScoreOptions.topK(10));
 * }
 * }</pre>
 *
 * <p>Only layers that Java code calls can be tapped: C++ containers such as {@code SequentialImpl}
 * and TorchScript modules call theirs directly. Embeddings and norms are not tracked.
 */
@NullMarked
package io.github.influence4j.pytorch;

import org.jspecify.annotations.NullMarked;
