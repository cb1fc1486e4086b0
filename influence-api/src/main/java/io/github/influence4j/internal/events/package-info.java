/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** How a run is watched and stopped: Flight Recorder events, progress, cancellation. */
@NullMarked
package io.github.influence4j.internal.events;

import org.jspecify.annotations.NullMarked;
