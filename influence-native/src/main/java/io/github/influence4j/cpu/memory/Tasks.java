/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu.memory;

/** Runs pieces of work, on all threads or as part of a task on one. */
public interface Tasks {
  /** How many pieces to cut work into. */
  int enough();

  /**
   * Runs them all.
   *
   * @param count how many
   * @param task what each of them does
   */
  void run(int count, Engine.Task task);

  /** On all threads. */
  public static Tasks onAll(Engine engine) {
    return new Tasks() {
      @Override
      public int enough() {
        return engine.enoughTasks();
      }

      @Override
      public void run(int count, Engine.Task task) {
        engine.run(count, task);
      }
    };
  }

  /** On the thread that a workspace belongs to. */
  public static Tasks inside(long workspace) {
    return new Tasks() {
      @Override
      public int enough() {
        return 1;
      }

      @Override
      public void run(int count, Engine.Task task) {
        for (int index = 0; index < count; index++) {
          task.run(index, workspace);
        }
      }
    };
  }
}
