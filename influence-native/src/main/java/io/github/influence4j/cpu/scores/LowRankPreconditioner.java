/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.scores;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.cpu.decompositions.LowRankQuery;
import io.github.influence4j.cpu.decompositions.ThinMatrix;
import io.github.influence4j.cpu.memory.CpuTensor;
import io.github.influence4j.cpu.memory.Engine;
import io.github.influence4j.cpu.memory.ExitGuard;
import io.github.influence4j.cpu.memory.NativeMemory;
import io.github.influence4j.cpu.memory.Tasks;
import io.github.influence4j.cpu.rows.Rotator;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.spi.Truncation;
import io.github.influence4j.spi.support.TestMatrix;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * {@code Q_S (W ∘ G̃) Q_Aᵀ ≈ L Rᵀ}: the scaled gradient is truncated in the eigenbasis, and only
 * its thin factors are rotated. Each query is decomposed by itself, so queries do not influence
 * each other.
 */
public final class LowRankPreconditioner {
  private final Engine engine;
  private final Rotator rotator;

  public LowRankPreconditioner(Engine engine) {
    this.engine = engine;
    this.rotator = new Rotator(engine);
  }

  public QueryFactors.LowRank truncate(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    return ExitGuard.run(
        engine.operations(), () -> truncated(rotated, weights, rotation, truncation));
  }

  private QueryFactors.LowRank truncated(
      BackendTensor rotated, BackendTensor weights, Rotation rotation, Truncation truncation) {
    CpuTensor from = CpuTensor.of(rotated, engine, engine.type());
    long scale = CpuTensor.of(weights, engine, engine.type()).address();
    int queries = (int) from.size(0);
    int outputs = (int) from.size(1);
    int inputs = (int) from.size(2);
    int rank = truncation.rank();
    ThinMatrix test = truncation.randomised() ? test(truncation, outputs, inputs) : null;
    Queue<LowRankQuery> idle = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < Math.min(queries, engine.threads()); i++) {
      idle.add(new LowRankQuery(engine, outputs, inputs, rank, test));
    }
    Rotator.Block[] outputBlocks = rotator.blocks(rotation.gradients());
    Rotator.Block[] inputBlocks = rotator.blocks(rotation.activations());
    CpuTensor left = CpuTensor.unset(engine, queries, outputs, rank);
    CpuTensor right;
    try {
      right = CpuTensor.unset(engine, queries, inputs, rank);
    } catch (RuntimeException | Error e) {
      left.close();
      throw e;
    }
    double[] residuals = new double[queries];
    long bytes = engine.elementBytes();
    try {
      forEach(
          queries,
          (tasks, q) -> {
            engine.operations().checkInterrupted();
            LowRankQuery query = idle.remove();
            long gradient = from.address() + (long) q * outputs * inputs * bytes;
            residuals[q] = query.truncate(tasks, gradient, scale);
            query.writeLeft(tasks, outputBlocks, left.address() + q * bytes * outputs * rank);
            query.writeRight(tasks, inputBlocks, right.address() + q * bytes * inputs * rank);
            idle.add(query);
          });
    } catch (RuntimeException | Error e) {
      left.close();
      right.close();
      throw e;
    }
    return new QueryFactors.LowRank(left, right, residuals);
  }

  private interface QueryTask {
    void run(Tasks tasks, int query);
  }

  /** One query a thread, and the last ones, fewer than threads, with all threads for each. */
  private void forEach(int queries, QueryTask task) {
    int apart = queries - queries % engine.threads();
    engine.run(apart, (q, workspace) -> task.run(Tasks.inside(workspace), q));
    for (int q = apart; q < queries; q++) {
      task.run(Tasks.onAll(engine), q);
    }
  }

  /** Gaussian [longer side, width]. */
  private ThinMatrix test(Truncation truncation, int outputs, int inputs) {
    int rows = Math.max(outputs, inputs);
    int width = TestMatrix.width(truncation.rank(), outputs, inputs);
    double[] normal = TestMatrix.of(truncation.seed(), rows, width);
    ThinMatrix doubles = ThinMatrix.zeros(engine, ElementType.F64, rows, width);
    double[] padded = new double[Math.multiplyExact(rows, doubles.stride())];
    for (int i = 0; i < rows; i++) {
      System.arraycopy(normal, i * width, padded, i * doubles.stride(), width);
    }
    NativeMemory.doubles(doubles.data(), padded.length).put(padded);
    ThinMatrix test = ThinMatrix.zeros(engine, engine.type(), rows, width);
    test.set(engine, doubles, rows);
    return test;
  }
}
