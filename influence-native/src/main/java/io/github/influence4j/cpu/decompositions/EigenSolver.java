/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.ExitGuard;
import io.github.influence4j.cpu.memory.Tasks;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Symmetric eigendecompositions, the largest first: a matrix that takes more than a core's share of
 * all work that is left gets all cores, and the rest is solved one core a matrix.
 */
public final class EigenSolver {
  private final Engine engine;

  public EigenSolver(Engine engine) {
    this.engine = engine;
  }

  public List<SymmetricEigen> solve(List<double[]> matrices) {
    return ExitGuard.run(engine.operations(), () -> solveAll(matrices));
  }

  private List<SymmetricEigen> solveAll(List<double[]> matrices) {
    SymmetricEigen[] results = new SymmetricEigen[matrices.size()];
    int[] order =
        IntStream.range(0, results.length)
            .boxed()
            .sorted(Comparator.comparingInt((Integer i) -> matrices.get(i).length).reversed())
            .mapToInt(Integer::intValue)
            .toArray();
    double left = matrices.stream().mapToDouble(EigenSolver::cost).sum();
    int first = 0;
    while (first < order.length && cost(matrices.get(order[first])) * engine.threads() > left) {
      int number = order[first++];
      left -= cost(matrices.get(number));
      Arena.Mark mark = engine.arena().mark();
      long memory = engine.arena().take(Eigenproblem.bytes(dimension(matrices.get(number))));
      results[number] = solve(matrices, number, memory, Tasks.onAll(engine));
      engine.arena().release(mark);
    }
    solveSideBySide(matrices, Arrays.copyOfRange(order, first, order.length), results);
    return List.of(results);
  }

  /** Each core takes the next matrix when it has solved one. */
  private void solveSideBySide(List<double[]> matrices, int[] order, SymmetricEigen[] results) {
    if (order.length == 0) {
      return;
    }
    long bytes = Eigenproblem.bytes(dimension(matrices.get(order[0])));
    long fit = Math.max(1, engine.budget().free() / bytes);
    long[] memory = new long[(int) Math.min(fit, Math.min(engine.threads(), order.length))];
    Arrays.setAll(memory, i -> engine.arena().take(bytes));
    AtomicInteger next = new AtomicInteger();
    engine.run(
        memory.length,
        (index, workspace) -> {
          for (int i = next.getAndIncrement(); i < order.length; i = next.getAndIncrement()) {
            results[order[i]] = solve(matrices, order[i], memory[index], Tasks.inside(workspace));
          }
        });
  }

  private static int dimension(double[] matrix) {
    return (int) Math.round(Math.sqrt(matrix.length));
  }

  private static double cost(double[] matrix) {
    return Math.pow(matrix.length, 1.5);
  }

  private SymmetricEigen solve(List<double[]> matrices, int number, long memory, Tasks tasks) {
    double[] a = matrices.get(number);
    return new Eigenproblem(engine.operations(), number, dimension(a), memory).solve(a, tasks);
  }
}
