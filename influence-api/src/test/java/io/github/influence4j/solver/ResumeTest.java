/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs that stop go on with the same bits. */
final class ResumeTest extends SolverTest {
  private static final MiniBatches BATCHES = new MiniBatches(7, 3);

  private IterativeSolver solver(String name) {
    return switch (name) {
      case "cg" -> ConjugateGradients.to(1e-9).withPreconditioner(ekfac);
      case "lissa" -> Lissa.iterations(40).withBatches(BATCHES);
      case "astra" -> Astra.iterations(40, ekfac).withBatches(BATCHES);
      case "astra of all" -> Astra.iterations(40, ekfac).withTolerance(1e-3);
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @ValueSource(strings = {"cg", "lissa", "astra", "astra of all"})
  void bitForBit(String name) {
    IterativeSolver solver = solver(name);
    SolverRun whole = solver.start(system, vectors).runUntil(() -> false);
    for (int stop : new int[] {0, 1, 9}) {
      SolverRun part = solver.start(system, vectors);
      part.runUntil(() -> part.steps() == stop);
      SolverState state = part.state();
      part.runUntil(() -> false); // what was kept does not move
      SolverRun rest = solver.resume(system, vectors, written(state)).runUntil(() -> false);
      assertThat(rest.solution()).usingRecursiveComparison().isEqualTo(whole.solution());
      assertThat(rest.steps()).isEqualTo(whole.steps());
    }
  }

  /** As a caller would keep it: by names and arrays. */
  private static SolverState written(SolverState state) {
    Map<String, double[][]> copy = new HashMap<>();
    state
        .numbers()
        .forEach(
            (name, values) ->
                copy.put(name, Stream.of(values).map(double[]::clone).toArray(double[][]::new)));
    return new SolverState(state.solver(), copy);
  }

  @Test
  void aTighterToleranceGoesOn() {
    ConjugateGradients coarse = ConjugateGradients.to(1e-2);
    SolverRun first = coarse.start(system, vectors).runUntil(() -> false);
    assertThat(first.finished()).isTrue();
    ConjugateGradients fine = ConjugateGradients.to(1e-11);
    SolverRun second = fine.resume(system, vectors, first.state()).runUntil(() -> false);
    assertThat(second.solution().vectors()).isDeepEqualTo(fine.solve(system, vectors).vectors());
    Astra astra = Astra.iterations(3, ekfac);
    SolverState state = astra.start(system, vectors).runUntil(() -> false).state();
    assertThat(astra.withIterations(9).resume(system, vectors, state).runUntil(() -> false).steps())
        .isEqualTo(9);
  }

  /** Stopped within a product, a run is where it was before the step. */
  @ParameterizedTest
  @ValueSource(strings = {"cg", "lissa", "astra", "astra of all"})
  void cancelledAndGoneOnWith(String name) {
    int[] asked = {0};
    DampedSystem stopping = system.withExamplesAtOnce(4).cancelWhen(() -> ++asked[0] == 60);
    SolverRun run = solver(name).start(stopping, vectors);
    assertThatThrownBy(() -> run.runUntil(() -> false))
        .isInstanceOf(CancellationException.class)
        .hasMessageContaining("examples of a Gauss-Newton product");
    assertThat(run.runUntil(() -> false).solution().vectors())
        .isDeepEqualTo(solver(name).solve(system.withExamplesAtOnce(4), vectors).vectors());
  }

  @Test
  void anInterruptCancels() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> DenseCholesky.of(system)).isInstanceOf(CancellationException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void lookingChangesNothing() {
    SolverRun looked = solver("astra").start(system, vectors);
    double passes = 0;
    while (!looked.step()) {
      passes = looked.solution().passes();
    }
    assertThat(looked.solution().passes()).isGreaterThan(passes);
    assertThat(looked.solution().vectors())
        .isDeepEqualTo(solver("astra").solve(system, vectors).vectors());
  }

  @Test
  void statesOfSomethingElseAreRefused() {
    SolverState state = solver("astra").start(system, vectors).state();
    assertThatThrownBy(() -> solver("cg").resume(system, vectors, state))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("The state was left by ASTRA with ")
        .hasMessageEndingWith(", not by conjugate gradients.");
    assertThatThrownBy(() -> solver("astra of all").resume(system, vectors, state))
        .hasMessageContaining("MiniBatches[size=0");
    double[][] others = Vectors.copy(vectors);
    others[1][4]++;
    assertThatThrownBy(() -> solver("astra").resume(system, others, state))
        .hasMessageContaining("Right-hand side 1 is not the one");
    double[][] fewer = Arrays.copyOf(vectors, 2);
    assertThatThrownBy(() -> solver("astra").resume(system, fewer, state))
        .hasMessageContaining("has no \"each\" of 2 x 4 numbers");
  }
}
