/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import java.util.List;
import java.util.Set;

/**
 * What the capture file does not tell.
 *
 * @param withoutBias layers without a bias
 * @param convolutions geometries of the convolutions
 * @param pseudoGradients whether the factors are fitted to {@code train.pseudograd.*}
 * @param tied layers that are used several times
 * @param untied whether no other layer is
 * @param linear linear layers of [examples, rows, columns], "*" for all
 * @param rowsFirst linear layers of [rows, examples, columns], "*" for all
 */
record CaptureOptions(
    Set<String> withoutBias,
    List<ConvGeometry> convolutions,
    boolean pseudoGradients,
    Set<String> tied,
    boolean untied,
    Set<String> linear,
    Set<String> rowsFirst) {}
