/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Threads that fill a buffer together. */
final class PackersTest {
  private static final int THREADS = 3;

  private final Packers packers = new Packers(THREADS, 10);

  @AfterEach
  void close() {
    packers.close();
  }

  @Test
  void eachByteIsFilledOnceInPartsOfWholeUnits() {
    for (int unit : new int[] {1, 3, 4, 8, 50}) {
      for (int units : new int[] {1, 2, 3, 7, 10, 33}) {
        int bytes = unit * units;
        AtomicIntegerArray filled = new AtomicIntegerArray(bytes);
        AtomicInteger parts = new AtomicInteger();
        packers.fill(
            bytes,
            unit,
            (begin, end) -> {
              assertThat(begin % unit).isZero();
              assertThat(end % unit).isZero();
              assertThat(begin).isLessThan(end);
              parts.incrementAndGet();
              for (int i = begin; i < end; i++) {
                filled.incrementAndGet(i);
              }
            });
        for (int i = 0; i < bytes; i++) {
          assertThat(filled.get(i)).as("byte %d of %d", i, bytes).isEqualTo(1);
        }
        assertThat(parts.get()).isLessThanOrEqualTo(Math.max(1, Math.min(THREADS, bytes / 10)));
      }
    }
  }

  /** Each waits for all others, so they must be at it together. */
  @Test
  void threadsWorkAtTheSameTimeTheCallersAmongThem() {
    CountDownLatch all = new CountDownLatch(THREADS);
    Set<Thread> threads = ConcurrentHashMap.newKeySet();
    packers.fill(
        90,
        1,
        (begin, end) -> {
          threads.add(Thread.currentThread());
          all.countDown();
          await(all);
        });
    assertThat(threads).hasSize(THREADS).contains(Thread.currentThread());
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void littleIsTheCallersAlone() {
    packers.fill(19, 1, (begin, end) -> assertThat(end - begin).isEqualTo(19));
  }

  /** A buffer is reused at once, so nobody may still write into it. */
  @Test
  void aFailureIsThrownWhenAllHaveEnded() {
    for (int failing = 0; failing < THREADS; failing++) {
      int fails = failing;
      AtomicInteger ended = new AtomicInteger();
      CountDownLatch failed = new CountDownLatch(1);
      assertThatThrownBy(
              () ->
                  packers.fill(
                      90,
                      1,
                      (begin, end) -> {
                        if (begin == 30 * fails) {
                          failed.countDown();
                          throw new IndexOutOfBoundsException("part " + fails);
                        }
                        await(failed);
                        ended.incrementAndGet();
                      }))
          .isExactlyInstanceOf(IndexOutOfBoundsException.class)
          .hasMessage("part " + fails);
      assertThat(ended.get()).isEqualTo(THREADS - 1);
    }
  }

  @Test
  void anInterruptedCallerWaitsAllTheSame() {
    AtomicInteger ended = new AtomicInteger();
    Thread.currentThread().interrupt();
    packers.fill(90, 1, (begin, end) -> ended.incrementAndGet());
    assertThat(Thread.interrupted()).isTrue();
    assertThat(ended.get()).isEqualTo(THREADS);
  }
}
