/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.lifetimes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Closing waits for the step in flight, with no backend whose lock would wait as well. */
@Timeout(60)
class LifetimeTest {
  private final List<String> events = new CopyOnWriteArrayList<>();
  private final Lifetime lifetime = new Lifetime("Thing", freed(events));
  private final CountDownLatch goOn = new CountDownLatch(1);

  /** Refers to neither the test nor the lifetime. */
  private static Runnable freed(List<String> events) {
    return () -> events.add("freed");
  }

  /** A thread that is in the middle of something when this returns, until it may go on. */
  private Thread using(BiConsumer<Lifetime, Runnable> kind) throws InterruptedException {
    CountDownLatch begun = new CountDownLatch(1);
    Runnable work =
        () -> {
          begun.countDown();
          await(goOn);
          assertRefused();
          events.add("used");
        };
    Thread thread = new Thread(() -> kind.accept(lifetime, work), "user");
    thread.start();
    begun.await();
    return thread;
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void assertRefused() {
    assertThatIllegalStateException()
        .isThrownBy(() -> lifetime.run(() -> events.add("used in vain")))
        .withMessage("Thing already closed");
    assertThatIllegalStateException()
        .isThrownBy(() -> lifetime.step(() -> events.add("used in vain")));
    assertThatIllegalStateException().isThrownBy(() -> lifetime.call(() -> events.add("in vain")));
    assertThatIllegalStateException().isThrownBy(lifetime::requireOpen);
  }

  private Thread closing(String name) {
    Thread thread =
        new Thread(
            () -> {
              lifetime.close();
              events.add(Thread.interrupted() ? "closed, interrupted" : "closed");
            },
            name);
    thread.start();
    return thread;
  }

  /** Returns when the thread waits in {@link Lifetime#close}, or when it has ended. */
  private static void untilItWaits(Thread closing) {
    while (closing.isAlive() && !waits(closing)) {
      Thread.onSpinWait();
    }
    assertThat(closing.isAlive()).as("it waits").isTrue();
  }

  private static boolean waits(Thread closing) {
    return closing.getState() == Thread.State.WAITING
        && Arrays.stream(closing.getStackTrace())
            .anyMatch(frame -> frame.getClassName().equals(Lifetime.class.getName()));
  }

  @Test
  void closingWaitsForTheStepOfAnotherThreadAndRefusesNewUses() throws Exception {
    Thread user = using(Lifetime::step);
    Thread closing = closing("closing");
    untilItWaits(closing);
    assertRefused();
    assertThat(events).isEmpty();
    goOn.countDown();
    user.join();
    closing.join();
    assertThat(events).containsExactly("used", "freed", "closed");
  }

  /** A step that calls another one ends with the outer one. */
  @Test
  void closingWaitsForTheOuterStep() throws Exception {
    Thread user =
        using(
            (life, work) ->
                life.step(
                    () -> {
                      life.step(() -> events.add("inner"));
                      work.run();
                    }));
    Thread closing = closing("closing");
    untilItWaits(closing);
    assertThat(events).containsExactly("inner");
    goOn.countDown();
    user.join();
    closing.join();
    assertThat(events).containsExactly("inner", "used", "freed", "closed");
  }

  @Test
  void anInterruptNeitherEndsTheWaitNorIsLost() throws Exception {
    Thread user = using(Lifetime::step);
    Thread closing = closing("closing");
    untilItWaits(closing);
    closing.interrupt();
    while (closing.isInterrupted()) {
      Thread.onSpinWait(); // until the wait has taken notice
    }
    untilItWaits(closing);
    goOn.countDown();
    user.join();
    closing.join();
    assertThat(events).containsExactly("used", "freed", "closed, interrupted");
  }

  @Test
  void itIsFreedOnceWhoeverCloses() throws Exception {
    Thread user = using(Lifetime::step);
    List<Thread> closing = List.of(closing("closing"), closing("closing too"));
    closing.forEach(LifetimeTest::untilItWaits);
    goOn.countDown();
    user.join();
    for (Thread thread : closing) {
      thread.join();
    }
    lifetime.close();
    // One of them frees it; the other may have returned meanwhile.
    assertThat(events.get(0)).isEqualTo("used");
    assertThat(events).containsExactlyInAnyOrder("used", "freed", "closed", "closed");
  }

  /** A run may be in a callback that waits for whoever closes. */
  @Test
  void closingDoesNotWaitForARun() throws Exception {
    Thread user = using(Lifetime::run);
    lifetime.close();
    assertThat(events).containsExactly("freed");
    goOn.countDown();
    user.join();
    assertThat(events).containsExactly("freed", "used");
  }

  @Test
  void closedWithinAStepItIsFreedWhenTheStepEnds() {
    lifetime.step(
        () -> {
          lifetime.step(
              () -> {
                lifetime.close();
                events.add("closed");
              });
          assertRefused();
          events.add("inner step ended");
        });
    assertThat(events).containsExactly("closed", "inner step ended", "freed");
  }
}
