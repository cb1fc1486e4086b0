/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LabelSampler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * A batch that is captured beside others. The number of its first example is known once the forward
 * pass of the batch before has told how many it has.
 *
 * @param <B> a batch
 */
final class Capture<B> implements AutoCloseable {
  private final ModelReplica<B> replica;
  private final B batch;
  private final CompletableFuture<Long> first;
  private final CompletableFuture<Long> next = new CompletableFuture<>();
  private final CompletableFuture<GradientBatch> result = new CompletableFuture<>();
  private volatile @Nullable PointerScope scope;

  Capture(ModelReplica<B> replica, B batch, CompletableFuture<Long> first) {
    this.replica = replica;
    this.batch = batch;
    this.first = first;
  }

  /** The first example of the batch behind this. */
  CompletableFuture<Long> next() {
    return next;
  }

  /** Runs on any thread; what it makes lives until this is closed, by whichever thread. */
  void run(@Nullable LabelSampler sampler) {
    try {
      result.complete(captured(sampler));
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private GradientBatch captured(@Nullable LabelSampler sampler) {
    // A scope ends on its thread as well: what else is made there afterwards is not its own.
    try (PointerScope ofThread = new PointerScope()) {
      scope = ofThread.extend();
      return replica
          .taps()
          .capture(
              () -> replica.model().apply(batch),
              output -> {
                long number = first.join();
                next.complete(number + output.rows().examples());
                return output.loss(sampler, number);
              });
    }
  }

  /** Runs on another thread. */
  void start(Executor threads, @Nullable LabelSampler sampler) {
    try {
      threads.execute(() -> run(sampler));
    } catch (RejectedExecutionException e) {
      fail(e);
    }
  }

  private void fail(Throwable cause) {
    next.completeExceptionally(cause); // whoever waits for it
    result.completeExceptionally(cause);
  }

  /** Returns when it is done, or has failed. */
  void await() {
    result.exceptionally(e -> null).join();
  }

  /** What was captured, once {@link #run} is done; throws what that threw. */
  GradientBatch batch() {
    return result.join();
  }

  /** Frees what was captured. */
  @Override
  public void close() {
    PointerScope opened = scope;
    if (opened != null) {
      opened.close();
    }
  }
}
