/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.support.BackendOperations;
import io.github.influence4j.spi.support.OwnedResource;
import java.util.ArrayList;
import java.util.List;

/** What all operations share: the kernels, the threads with their workspaces, temporary memory. */
public final class Engine implements AutoCloseable {
  /** A piece of work on one thread. */
  public interface Task {
    /**
     * Runs it.
     *
     * @param index which task
     * @param workspace of the thread
     */
    void run(int index, long workspace);
  }

  private final Isa isa;
  private final Precision precision;
  private final BackendOperations operations = new BackendOperations("CPU backend");
  private final MemoryBudget budget;
  private final Natives natives;
  private final OwnedResource owned;

  /** What there is outside the Java heap; refers to no engine. */
  private static final class Natives {
    private final Arena arena;
    private final List<NativeMemory> workspaces = new ArrayList<>();
    private final WorkerPool pool;

    Natives(MemoryBudget budget, BackendOperations operations, int threads) {
      arena = new Arena(budget);
      try {
        for (int i = 0; i < threads; i++) {
          workspaces.add(
              NativeMemory.unset(budget, "The workspace of a thread", Kernels.workspaceBytes()));
        }
        pool = new WorkerPool(threads, operations::interrupted);
      } catch (RuntimeException | Error failure) {
        workspaces.forEach(NativeMemory::close);
        throw failure;
      }
    }

    void close() {
      pool.close();
      arena.close();
      workspaces.forEach(NativeMemory::close);
    }
  }

  public Engine(Isa isa, BackendOptions options) {
    this.isa = isa;
    this.precision = options.precision();
    this.budget = new MemoryBudget(options);
    Natives all = new Natives(budget, operations, options.threads());
    this.natives = all;
    this.owned = operations.ownAll(this, "Backend cpu", all::close);
  }

  /** The lock of the backend. */
  public BackendOperations operations() {
    return operations;
  }

  Isa isa() {
    return isa;
  }

  public Precision precision() {
    return precision;
  }

  public ElementType type() {
    return precision.type();
  }

  public int elementBytes() {
    return precision.type().bytes();
  }

  /** The first argument of the kernels. */
  public int kernels() {
    return kernels(type());
  }

  /** The same for a type, F32 or F64, whatever the precision. */
  public int kernels(ElementType of) {
    return 2 * isa.code() + (of == ElementType.F64 ? 1 : 0);
  }

  public int threads() {
    return natives.pool.threads();
  }

  /** How many tasks to cut work into so that all threads finish at about the same time. */
  public int enoughTasks() {
    return threads() == 1 ? 1 : 4 * threads();
  }

  public MemoryBudget budget() {
    return budget;
  }

  public Arena arena() {
    return natives.arena;
  }

  public void run(int count, Task task) {
    natives.pool.run(
        count, (worker, index) -> task.run(index, natives.workspaces.get(worker).address()));
  }

  /** Writes an {@code infl_matrix}. */
  public long matrix(Matrix x) {
    Kernels.NativeMatrix matrix =
        new Kernels.NativeMatrix(natives.arena.place(Kernels.NativeMatrix.class));
    x.write(matrix);
    return matrix.address();
  }

  /**
   * Writes an {@code infl_product}.
   *
   * @param a left side
   * @param aRowsAreK whether it is read transposed
   * @param b right side
   * @param bRowsAreK whether it is read as it is
   * @param k the length of the sums
   * @return its address
   */
  public long product(Matrix a, boolean aRowsAreK, Matrix b, boolean bRowsAreK, long k) {
    Kernels.NativeProduct product =
        new Kernels.NativeProduct(natives.arena.place(Kernels.NativeProduct.class));
    a.write(product.a());
    b.write(product.b());
    return product.aRowsAreK(aRowsAreK ? 1 : 0).bRowsAreK(bRowsAreK ? 1 : 0).k(k).address();
  }

  @Override
  public void close() {
    owned.close();
  }
}
