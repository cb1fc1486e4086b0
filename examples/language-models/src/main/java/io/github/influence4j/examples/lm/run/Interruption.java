/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.run;

import java.io.PrintWriter;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Ctrl-C and SIGTERM: the work is told to stop and has some time to save what it has. The work asks
 * {@link #requested} at points where it can stop.
 */
public final class Interruption {
  /** What a shell reports of a program stopped by Ctrl-C. */
  public static final int EXIT_CODE = 130;

  private static final long PATIENCE_SECONDS = 60;

  private final CountDownLatch finished = new CountDownLatch(1);
  private volatile boolean requested;

  private Interruption() {}

  /** What may be interrupted. */
  @FunctionalInterface
  public interface Work {
    /**
     * Does it.
     *
     * @param interruption to be asked now and then
     * @throws Exception if something fails; {@link CancellationException} when stopped
     */
    void run(Interruption interruption) throws Exception;
  }

  /**
   * Runs something that can be interrupted.
   *
   * @param err told what was stopped
   * @param work throws {@link CancellationException} with what to say
   * @return an exit code: 0, or 130 when it was interrupted
   * @throws Exception of the work
   */
  public static int guard(PrintWriter err, Work work) throws Exception {
    Interruption interruption = new Interruption();
    Thread hook = new Thread(interruption::stop, "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      work.run(interruption);
      return 0;
    } catch (CancellationException e) {
      err.println();
      err.printf("%s The same command goes on from what is finished.%n", e.getMessage());
      err.flush();
      return EXIT_CODE;
    } finally {
      interruption.finished.countDown();
      if (!interruption.requested) {
        Runtime.getRuntime().removeShutdownHook(hook);
      }
    }
  }

  /** On the way down: the process ends when this returns. */
  private void stop() {
    requested = true;
    try {
      finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Whether the work shall stop.
   *
   * @return true from the interruption on
   */
  public boolean requested() {
    return requested;
  }
}
