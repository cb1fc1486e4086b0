/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.spread;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TogetherTest {
  private static void await(CyclicBarrier barrier) {
    try {
      barrier.await();
    } catch (InterruptedException | BrokenBarrierException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Each waits for the others. */
  @Test
  void operationsRunAtTheSameTime() {
    CyclicBarrier barrier = new CyclicBarrier(3);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Runnable operation =
        () -> {
          threads.add(Thread.currentThread());
          await(barrier);
        };
    Together.run(Collections.nCopies(6, operation), 3);
    assertThat(threads).hasSize(3).contains(Thread.currentThread());
  }

  @Test
  void noneRunsBesideTheCallerWhereThereIsOneThread() {
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    Together.run(Collections.nCopies(4, () -> threads.add(Thread.currentThread())), 1);
    assertThat(threads).containsExactly(Thread.currentThread());
    Together.run(List.of(), 3);
  }

  @Test
  void afterAFailureNoneIsBegun() {
    AtomicInteger begun = new AtomicInteger();
    CyclicBarrier both = new CyclicBarrier(2);
    List<Runnable> operations =
        List.of(
            () -> {
              await(both);
              throw new IllegalStateException("first");
            },
            () -> {
              await(both);
              throw new ArithmeticException("second");
            },
            begun::incrementAndGet);
    assertThatThrownBy(() -> Together.run(operations, 2))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("first")
        .hasSuppressedException(new ArithmeticException("second"));
    assertThat(begun).hasValue(0);
  }

  @Test
  void anInterruptReachesAllThatRun() throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(3);
    AtomicInteger interrupted = new AtomicInteger();
    Runnable operation =
        () -> {
          begun.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.incrementAndGet();
            Thread.currentThread().interrupt();
          }
        };
    boolean[] flag = new boolean[1];
    Thread caller =
        new Thread(
            () -> {
              Together.run(Collections.nCopies(3, operation), 3);
              flag[0] = Thread.currentThread().isInterrupted();
            });
    caller.start();
    begun.await();
    caller.interrupt();
    caller.join();
    assertThat(interrupted).hasValue(3);
    assertThat(flag[0]).isTrue();
  }
}
