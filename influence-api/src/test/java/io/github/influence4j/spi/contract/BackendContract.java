/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.internal.reference.ReferenceBackend;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendProvider;
import io.github.influence4j.testing.Session;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The backend under test, and the reference backend in float64 that it is compared with, which
 * itself is checked against explicit dense algebra. A contract is one section of what every backend
 * must do.
 */
abstract class BackendContract {
  private final BackendProvider backends;

  BackendContract(BackendProvider backends) {
    this.backends = backends;
  }

  static Stream<Arguments> problems() {
    List<LayerProblem> problems = LayerProblem.all();
    return Stream.of(Precision.values())
        .flatMap(precision -> problems.stream().map(p -> Arguments.of(precision, p)));
  }

  final String name() {
    return backends.name();
  }

  final Session open(Precision precision) {
    return open(precision, 2);
  }

  final Session open(Precision precision, int threads) {
    return new Session(backends.create(BackendOptions.of(precision, threads)));
  }

  static Session reference() {
    return new Session(new ReferenceBackend());
  }
}
