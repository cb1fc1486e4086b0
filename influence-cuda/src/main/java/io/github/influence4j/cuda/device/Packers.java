/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The host threads of one backend, the caller's among them, which fill a pinned buffer together:
 * one alone packs slower than a bus of 64 GB/s takes. Others than the caller's start when they are
 * needed, and end when they are not for a second.
 */
final class Packers {
  /** Fills some bytes of a buffer. */
  @FunctionalInterface
  interface Part {
    /**
     * Does one part.
     *
     * @param begin its first byte
     * @param end after its last byte
     */
    void fill(int begin, int end);
  }

  private final int threads;
  private final int least;
  private final ThreadPoolExecutor others;

  /**
   * Starts nothing yet.
   *
   * @param threads how many may work at a time, at least 1
   * @param least bytes that are worth a thread
   */
  Packers(int threads, int least) {
    this.threads = threads;
    this.least = Math.max(1, least);
    int size = Math.max(1, threads - 1);
    this.others =
        new ThreadPoolExecutor(
            size, size, 1, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), Packers::thread);
    others.allowCoreThreadTimeOut(true);
  }

  private static Thread thread(Runnable work) {
    Thread thread = new Thread(work, "influence4j-packer");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Has all bytes filled, each once, and waits for it, interrupted or not. After a failure the
   * others end too before it is thrown.
   *
   * @param bytes how many
   * @param unit all parts but the last are multiples of it
   */
  void fill(int bytes, int unit, Part part) {
    int parts = Math.max(1, Math.min(threads, bytes / least));
    int units = (bytes + unit - 1) / unit;
    int step = (units + parts - 1) / parts * unit;
    List<CompletableFuture<Void>> running = new ArrayList<>();
    for (int begin = step; begin < bytes; begin += step) {
      int first = begin;
      running.add(
          CompletableFuture.runAsync(
              () -> part.fill(first, Math.min(bytes, first + step)), others));
    }
    CompletableFuture<Void> all =
        CompletableFuture.allOf(running.toArray(CompletableFuture<?>[]::new));
    try {
      part.fill(0, Math.min(bytes, step));
    } finally {
      all.exceptionally(failure -> null).join();
    }
    rethrow(all);
  }

  private static void rethrow(CompletableFuture<Void> all) {
    try {
      all.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw e;
    }
  }

  /** Ends the threads. */
  void close() {
    others.shutdown();
  }
}
