/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.LayerSpec;
import java.util.List;

/**
 * What one run over the data fits.
 *
 * @param model all layers that batches have
 * @param layers those to fit, with every layer whose input they share
 * @param run which run over the data this is, from 0
 * @param spare memory beyond what is made at the start
 */
record FitPass(List<LayerSpec> model, List<LayerSpec> layers, int run, SpareMemory spare) {}
