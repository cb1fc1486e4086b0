/*
 * SPDX-License-Identifier: Apache-2.0
 */
/** Training data attribution with influence functions: API, backend SPI and reference backend. */
// The modules of backends and adapters are not here when this one is compiled.
@SuppressWarnings("module")
module io.github.influence4j.api {
  requires static org.jspecify;
  requires jdk.jfr;

  exports io.github.influence4j;
  exports io.github.influence4j.capture;
  exports io.github.influence4j.compute;
  exports io.github.influence4j.curvature;
  exports io.github.influence4j.evaluation;
  exports io.github.influence4j.planning;
  exports io.github.influence4j.progress;
  exports io.github.influence4j.report;
  exports io.github.influence4j.retrieval;
  exports io.github.influence4j.scoring;
  exports io.github.influence4j.solver;
  exports io.github.influence4j.spi;
  exports io.github.influence4j.spi.support;
  exports io.github.influence4j.statistics;
  exports io.github.influence4j.store;
  exports io.github.influence4j.internal.natives to
      io.github.influence4j.cpu,
      io.github.influence4j.cuda,
      io.github.influence4j.pytorch;
  exports io.github.influence4j.internal.text to
      io.github.influence4j.djl,
      io.github.influence4j.pytorch;

  uses io.github.influence4j.spi.BackendProvider;

  provides io.github.influence4j.spi.BackendProvider with
      io.github.influence4j.internal.reference.ReferenceBackendProvider;
}
