/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Reads from channels, whose bytes the system puts into direct memory without a detour through
 * Java's. A channel is closed for all when a thread that reads from it is interrupted; so it is
 * threads of our own that read, which nobody knows and interrupts, while the caller waits. They end
 * after a second without work.
 */
final class ReaderThreads {
  private static final Executor THREADS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          1,
          TimeUnit.SECONDS,
          new SynchronousQueue<>(),
          task -> {
            Thread thread = new Thread(null, task, "influence4j-reader", 0, false);
            thread.setDaemon(true);
            thread.setContextClassLoader(null);
            return thread;
          });

  private ReaderThreads() {}

  /**
   * Reads until the target is full, or the file ends. An interrupt of the caller stays for later.
   */
  static void read(FileChannel channel, long position, ByteBuffer target) throws IOException {
    try {
      // join, unlike get, does not end on an interrupt, but keeps it
      CompletableFuture.runAsync(() -> fill(channel, position, target), THREADS).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof UncheckedIOException failure) {
        throw new IOException(failure.getMessage(), e);
      }
      throw e;
    }
  }

  private static void fill(FileChannel channel, long position, ByteBuffer target) {
    try {
      long next = position;
      for (int count = 0; count >= 0 && target.hasRemaining(); next += count) {
        count = channel.read(target, next);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e.getMessage(), e);
    }
  }
}
