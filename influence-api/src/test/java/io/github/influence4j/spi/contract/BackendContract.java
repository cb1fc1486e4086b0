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
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/**
 * The backend under test, and the reference backend in float64 that it is compared with, which
 * itself is checked against explicit dense algebra. A contract is one section of what every backend
 * must do.
 */
abstract class BackendContract {
  /** The same for all methods, precisions and backends of a process. */
  private static final List<LayerProblem> PROBLEMS = LayerProblem.all();

  private static final Map<List<String>, Object> EXPECTED = new ConcurrentHashMap<>();

  private final BackendProvider backends;

  BackendContract(BackendProvider backends) {
    this.backends = backends;
  }

  static Stream<Arguments> problems() {
    return Stream.of(Precision.values())
        .flatMap(precision -> PROBLEMS.stream().map(p -> Arguments.of(precision, p)));
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

  /** V of each query, by the reference backend. */
  static double[] preconditioned(LayerProblem problem) {
    return expected(
        "V",
        problem,
        o -> Operations.precondition(o, problem, problem.dense(o).values()).values().toDoubles());
  }

  /** What the reference backend computes for one of the {@link #problems}, once in a process. */
  @SuppressWarnings("unchecked") // a name stands for one type
  static <T> T expected(String what, LayerProblem problem, Function<Session, T> computation) {
    return (T)
        EXPECTED.computeIfAbsent(
            List.of(what, problem.name()),
            key -> {
              try (Session oracle = reference()) {
                return computation.apply(oracle);
              }
            });
  }
}
