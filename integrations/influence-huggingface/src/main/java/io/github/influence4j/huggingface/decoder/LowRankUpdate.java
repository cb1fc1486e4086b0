/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.decoder;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/**
 * What an adapter adds to a linear layer: {@code scale · up · down · x}.
 *
 * @param downName name of the first matrix without {@code .weight}
 * @param down [rank, inputs]
 * @param upName name of the second matrix without {@code .weight}
 * @param up [outputs, rank]
 * @param scale of the sum
 */
public record LowRankUpdate(String downName, Tensor down, String upName, Tensor up, Scalar scale) {}
