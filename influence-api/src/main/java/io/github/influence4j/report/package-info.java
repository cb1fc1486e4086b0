/*
 * SPDX-License-Identifier: Apache-2.0
 */
/**
 * Scores as one web page that loads nothing from anywhere. Start at {@link
 * io.github.influence4j.report.InfluenceReport}.
 */
@NullMarked
package io.github.influence4j.report;

import org.jspecify.annotations.NullMarked;
