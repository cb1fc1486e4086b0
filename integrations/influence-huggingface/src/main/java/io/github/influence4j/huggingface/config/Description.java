/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.huggingface.config;

/**
 * What a decoder is made of and what its tensors are called.
 *
 * @param modelType transformers' name of the family
 * @param architecture what it is made of
 * @param names of its tensors
 * @param context tokens of the longest text it was made for
 */
public record Description(
    String modelType, Architecture architecture, TensorNames names, int context) {}
