/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.scoring;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.planning.LayerCost;
import java.util.List;

/**
 * A layer's curvature on the backend.
 *
 * @param layer the layer
 * @param cost what operations on it cost
 * @param parts one entry a group
 */
record LoadedLayer(LayerSpec layer, LayerCost cost, List<LoadedPart> parts) {}
