/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.LowRank;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.testing.FuzzBudget;
import io.github.influence4j.testing.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Threads that use, close, cancel and interrupt at random: whatever ends well has the bits that one
 * thread alone gets, and the rest ends with an {@link IllegalStateException} (cancellations are
 * such). A crash kills the JVM of the tests.
 */
@Timeout(value = 30, unit = java.util.concurrent.TimeUnit.MINUTES)
class ThreadsFuzzTest {
  private static final LayerSpec FC = LayerSpec.linear("fc", 40, 24);

  @Test
  void anyOrderOfUsingAndClosing() throws InterruptedException {
    FuzzBudget budget = FuzzBudget.ofSeconds(10);
    for (int round = 0; budget.allows(round); round++) {
      for (Precision precision : Precision.values()) {
        new Round(SeededRandom.at("threads", round), precision).run();
      }
    }
  }

  private static GradientBatch batch(int seed) {
    Random random = new Random(seed);
    float[] a = new float[16 * 40];
    float[] g = new float[16 * 24];
    for (int i = 0; i < a.length; i++) {
      a[i] = random.nextFloat() - 0.5f;
    }
    for (int i = 0; i < g.length; i++) {
      g[i] = random.nextFloat() - 0.5f;
    }
    return GradientBatch.of(
        16, new LayerBatch("fc", TensorView.of(a, 16, 40), TensorView.of(g, 16, 24)));
  }

  private static final GradientSource DATA =
      sink -> {
        for (int b = 0; b < 4; b++) {
          sink.accept(batch(b));
        }
      };

  private static final class Round {
    private final Random random;
    private final AtomicBoolean cancel = new AtomicBoolean();
    private final Influence influence;
    private final CurvatureFitter fitter;
    private final FittedCurvature curvature;
    private final InfluenceScorer scorer;
    private final double[] self;
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    Round(Random random, Precision precision) {
      this.random = random;
      this.influence =
          Influence.builder()
              .layers(FC)
              .backend("cpu")
              .precision(precision)
              .threads(1 + random.nextInt(3))
              .cancelWhen(cancel::get)
              .build();
      this.curvature = influence.fit(DATA);
      this.scorer = influence.scorer(curvature);
      this.self = scorer.selfInfluence(DATA, SelfInfluenceOptions.defaults()).scores();
      this.fitter = influence.fitter();
    }

    void run() throws InterruptedException {
      int count = 2 + random.nextInt(3);
      CountDownLatch start = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int t = 0; t < count; t++) {
        Random own = new Random(random.nextLong());
        Thread thread =
            new Thread(
                () -> {
                  try {
                    start.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                  for (int step = 0; step < 12; step++) {
                    attempt(own);
                  }
                });
        threads.add(thread);
        thread.start();
      }
      start.countDown();
      for (int i = 0; i < 6; i++) {
        Thread.sleep(random.nextInt(4));
        switch (random.nextInt(6)) {
          case 0 -> threads.get(random.nextInt(count)).interrupt();
          case 1 -> cancel.set(!cancel.get());
          case 2 -> fitter.close();
          case 3 -> System.gc();
          case 4 -> {
            if (random.nextInt(3) == 0) {
              influence.close();
            }
          }
          default -> cancel.set(false);
        }
      }
      for (Thread thread : threads) {
        thread.join(120_000);
        assertThat(thread.isAlive()).as("hangs: %s", List.of(thread.getStackTrace())).isFalse();
      }
      fitter.close();
      influence.close();
      assertThat(failures).isEmpty();
    }

    private void attempt(Random own) {
      try {
        switch (own.nextInt(7)) {
          case 0 -> fitter.addCovariance(batch(own.nextInt(9)));
          case 1 -> fitter.eigendecompose();
          case 2 -> fitter.addSquares(batch(own.nextInt(9)));
          case 3 ->
              assertThat(influence.fit(DATA).eigenvalues("fc"))
                  .isEqualTo(curvature.eigenvalues("fc"));
          case 4 -> {
            SelfInfluence found = scorer.selfInfluence(DATA, SelfInfluenceOptions.defaults());
            assertThat(found.scores()).isEqualTo(self);
          }
          case 5 ->
              scorer.score(DATA, DATA, ScoreOptions.topK(2).withLowRank(LowRank.randomized(3)));
          default -> {
            if (own.nextInt(8) == 0) {
              fitter.close();
            } else {
              influence.fitter().close();
            }
          }
        }
      } catch (IllegalStateException refused) {
        // Closed, in use, out of order, cancelled, or not enough of maxMemory beside others.
        assertThat(refused).hasMessageMatching("(?s).+");
      } catch (Throwable failure) {
        failures.add(failure);
      }
    }
  }
}
