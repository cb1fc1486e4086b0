/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.decompositions;

import io.github.influence4j.cpu.memory.Arena;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.ExitGuard;
import io.github.influence4j.cpu.memory.Tasks;
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
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
    List<CpuTensor> vectors = new ArrayList<>();
    try {
      for (double[] matrix : matrices) {
        int n = dimension(matrix);
        vectors.add(CpuTensor.unset(engine, n, n));
      }
      double[][] values = new double[matrices.size()][];
      solveAll(
          matrices,
          (number, memory, tasks) -> {
            double[] a = matrices.get(number);
            values[number] =
                new Eigenproblem(engine.operations(), number, dimension(a), memory)
                    .solve(a, vectors.get(number), tasks);
          });
      return IntStream.range(0, values.length)
          .mapToObj(i -> new SymmetricEigen(values[i], vectors.get(i)))
          .toList();
    } catch (RuntimeException | Error failure) {
      vectors.forEach(CpuTensor::close);
      throw failure;
    }
  }

  /** Solves one of the matrices. */
  @FunctionalInterface
  private interface Solve {
    void run(int number, long memory, Tasks tasks);
  }

  private void solveAll(List<double[]> matrices, Solve solve) {
    int[] order =
        IntStream.range(0, matrices.size())
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
      solve.run(number, memory, Tasks.onAll(engine));
      engine.arena().release(mark);
    }
    solveSideBySide(matrices, Arrays.copyOfRange(order, first, order.length), solve);
  }

  /** Each core takes the next matrix when it has solved one. */
  private void solveSideBySide(List<double[]> matrices, int[] order, Solve solve) {
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
            solve.run(order[i], memory[index], Tasks.inside(workspace));
          }
        });
  }

  private static int dimension(double[] matrix) {
    return (int) Math.round(Math.sqrt(matrix.length));
  }

  private static double cost(double[] matrix) {
    return Math.pow(matrix.length, 1.5);
  }
}
