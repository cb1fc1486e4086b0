/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Training data attribution with influence functions: API, backend SPI and reference backend. */
module io.github.influence4j.api {
  requires static transitive org.jspecify;

// Each public package is exported here when its first type appears:
// io.github.influence4j and its capture, curvature, scoring, planning, store, solver, evaluation,
// spi.
}
