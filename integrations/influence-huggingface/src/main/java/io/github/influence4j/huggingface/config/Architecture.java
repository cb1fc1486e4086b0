/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/**
 * The table of what differs between decoders; what it does not name is the same in all.
 *
 * @param sizes how much there is of everything
 * @param norm how rows are normalised
 * @param wiring of a block
 * @param positions how a model knows where a token is
 * @param attention how tokens look at each other
 * @param feedForward what happens to each token by itself
 * @param ends how tokens come in and go out
 */
public record Architecture(
    Sizes sizes,
    Norm norm,
    Wiring wiring,
    Positions positions,
    Attention attention,
    FeedForward feedForward,
    Ends ends) {}
