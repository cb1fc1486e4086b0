/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import java.util.function.Function;

/**
 * One of several equal models, each for a thread of its own. They may hold the same tensors, which
 * are only read.
 *
 * @param taps of its layers, which have the same names in all replicas
 * @param model runs it on a batch
 * @param <B> what the user calls a batch
 */
public record ModelReplica<B>(Taps taps, Function<? super B, ModelOutput> model) {}
