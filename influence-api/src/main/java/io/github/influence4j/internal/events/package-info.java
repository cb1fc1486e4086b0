/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Flight Recorder events. */
@NullMarked
package io.github.influence4j.internal.events;

import org.jspecify.annotations.NullMarked;
