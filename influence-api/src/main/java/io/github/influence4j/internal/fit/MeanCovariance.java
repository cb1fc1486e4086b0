/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.TensorView;

/**
 * One block of a covariance, as it was read from the backend.
 *
 * @param layer whose it is, for errors
 * @param sum [d, d], F64: the sum over rows, not divided by their number
 * @param mean [d, d] row-major: symmetric to the last bit
 */
record MeanCovariance(String layer, TensorView sum, double[] mean) {}
