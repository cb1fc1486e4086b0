/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.Precision;

/** What all operations share: the kernels, the threads with their workspaces, temporary memory. */
final class Engine implements AutoCloseable {
  /** A piece of work on one thread. */
  interface Task {
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
  private final WorkerPool pool;
  private final NativeMemory[] workspaces;
  private final MemoryBudget budget;
  private final Arena arena;
  private boolean closed;

  Engine(Isa isa, BackendOptions options) {
    this.isa = isa;
    this.precision = options.precision();
    this.budget = new MemoryBudget(options);
    this.arena = new Arena(budget);
    this.workspaces = new NativeMemory[options.threads()];
    for (int i = 0; i < workspaces.length; i++) {
      workspaces[i] =
          NativeMemory.unset(budget, "The workspace of a thread", Kernels.workspaceBytes());
    }
    this.pool = new WorkerPool(options.threads());
  }

  Isa isa() {
    return isa;
  }

  Precision precision() {
    return precision;
  }

  ElementType type() {
    return precision.type();
  }

  int elementBytes() {
    return precision.type().bytes();
  }

  /** The first argument of the kernels. */
  int kernels() {
    return kernels(type());
  }

  /** The same for a type, F32 or F64, whatever the precision. */
  int kernels(ElementType of) {
    return 2 * isa.code() + (of == ElementType.F64 ? 1 : 0);
  }

  int threads() {
    return pool.threads();
  }

  /** How many tasks to cut work into so that all threads finish at about the same time. */
  int enoughTasks() {
    return threads() == 1 ? 1 : 4 * threads();
  }

  MemoryBudget budget() {
    return budget;
  }

  Arena arena() {
    return arena;
  }

  void run(int count, Task task) {
    pool.run(count, (worker, index) -> task.run(index, workspaces[worker].address()));
  }

  /** Writes an {@code infl_matrix}. */
  long matrix(Matrix x) {
    long[] words = new long[Matrix.WORDS];
    x.write(words, 0);
    return arena.words(words);
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
  long product(Matrix a, boolean aRowsAreK, Matrix b, boolean bRowsAreK, long k) {
    return arena.words(productWords(a, aRowsAreK, b, bRowsAreK, k));
  }

  /** The content of an {@code infl_product}. */
  static long[] productWords(Matrix a, boolean aRowsAreK, Matrix b, boolean bRowsAreK, long k) {
    long[] words = new long[2 * Matrix.WORDS + 2];
    a.write(words, 0);
    b.write(words, Matrix.WORDS);
    words[2 * Matrix.WORDS] = (aRowsAreK ? 1 : 0) | (bRowsAreK ? 1L << 32 : 0);
    words[2 * Matrix.WORDS + 1] = k;
    return words;
  }

  boolean isClosed() {
    return closed;
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    pool.close();
    arena.close();
    for (NativeMemory workspace : workspaces) {
      workspace.close();
    }
  }
}
