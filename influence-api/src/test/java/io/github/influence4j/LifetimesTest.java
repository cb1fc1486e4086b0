/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import java.lang.System.Logger.Level;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who may use and close what, and when; for each backend. */
@Timeout(300)
public abstract class LifetimesTest extends BackendTest {
  private static final LayerSpec FC = LayerSpec.linear("fc", 6, 4);

  private final ExecutorService other = Executors.newSingleThreadExecutor();

  /** Dimension of a covariance whose eigendecomposition takes any machine many seconds. */
  protected abstract int slowDimension();

  @AfterEach
  void stop() {
    other.shutdownNow();
  }

  private Influence.Builder builder(LayerSpec... layers) {
    return Influence.builder().layers(layers).backend(provider().name()).precision(Precision.F64);
  }

  private static GradientBatch batch(long seed) {
    return batch(seed, 6, 4, 8);
  }

  private static GradientBatch batch(long seed, int inputs, int outputs, int examples) {
    Random random = new Random(seed);
    double[] a = random.doubles((long) examples * inputs).map(x -> x - 0.5).toArray();
    double[] g = random.doubles((long) examples * outputs).map(x -> x - 0.5).toArray();
    return GradientBatch.of(
        examples,
        new LayerBatch(
            "fc", TensorView.of(a, examples, inputs), TensorView.of(g, examples, outputs)));
  }

  private static final GradientSource DATA =
      sink -> {
        sink.accept(batch(1));
        sink.accept(batch(2));
      };

  /** A source that waits in the middle of its first replay until it is told to go on. */
  private static final class Waiting implements GradientSource {
    final CountDownLatch begun = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    public void replay(GradientSink sink) {
      sink.accept(batch(1));
      begun.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      sink.accept(batch(2));
    }
  }

  @Test
  void aSecondRunIsRefusedWhileOneGoesOn() throws Exception {
    Waiting waiting = new Waiting();
    try (Influence influence = builder(FC).build()) {
      FittedCurvature before = influence.fit(DATA);
      InfluenceScorer scorer = influence.scorer(before);
      Future<FittedCurvature> running = other.submit(() -> influence.fit(waiting));
      waiting.begun.await();
      assertThatIllegalStateException()
          .isThrownBy(() -> influence.fit(DATA))
          .withMessageContaining("Influence is in use by thread \"");
      assertThatIllegalStateException()
          .isThrownBy(() -> scorer.selfInfluence(DATA, SelfInfluenceOptions.defaults()))
          .withMessageContaining("use it from one thread at a time");
      waiting.goOn.countDown();
      assertThat(running.get().eigenvalues("fc")).isEqualTo(before.eigenvalues("fc"));
    }
  }

  @Test
  void aFitterBelongsToOneThreadAtATime() throws Exception {
    Waiting waiting = new Waiting();
    try (Influence influence = builder(FC).build();
        CurvatureFitter fitter = influence.fitter()) {
      Future<FittedCurvature> running = other.submit(() -> fitter.fit(waiting));
      waiting.begun.await();
      assertThatIllegalStateException()
          .isThrownBy(() -> fitter.addCovariance(batch(3)))
          .withMessageContaining("CurvatureFitter is in use by thread \"");
      waiting.goOn.countDown();
      assertThat(running.get().eigenvalues("fc")).isEqualTo(influence.fit(DATA).eigenvalues("fc"));
    }
  }

  @Test
  void closingEndsARunOfAnotherThread() throws Exception {
    Waiting waiting = new Waiting();
    Influence influence = builder(FC).build();
    Future<FittedCurvature> running = other.submit(() -> influence.fit(waiting));
    waiting.begun.await();
    influence.close();
    waiting.goOn.countDown();
    assertThat(catchThrowable(running::get))
        .hasCauseInstanceOf(IllegalStateException.class)
        .hasMessageContaining("Influence already closed");
  }

  @Test
  void closingWithinACallbackEndsTheRun() {
    AtomicReference<Influence> self = new AtomicReference<>();
    Influence influence =
        builder(FC).progress((stage, pass, examples) -> self.get().close()).build();
    self.set(influence);
    assertThatIllegalStateException()
        .isThrownBy(() -> influence.fit(DATA))
        .withMessageContaining("already closed");
    influence.close();

    AtomicReference<CurvatureFitter> fitter = new AtomicReference<>();
    AtomicBoolean close = new AtomicBoolean();
    try (Influence open =
        builder(FC)
            .cancelWhen(
                () -> {
                  if (close.get()) {
                    fitter.get().close();
                  }
                  return false;
                })
            .build()) {
      fitter.set(open.fitter());
      fitter.get().addCovariance(batch(1));
      close.set(true);
      assertThatIllegalStateException()
          .isThrownBy(() -> fitter.get().addCovariance(batch(2)))
          .withMessageContaining("CurvatureFitter already closed");
      close.set(false);
      assertThat(open.fit(DATA).eigenvalues("fc")).hasSize(28);
    }
  }

  @Test
  void closingFromManyThreadsAtOnceAndInterrupted() throws Exception {
    for (int round = 0; round < 20; round++) {
      Influence influence = builder(FC).build();
      CurvatureFitter fitter = influence.fitter();
      fitter.addCovariance(batch(1));
      Runnable close =
          () -> {
            Thread.currentThread().interrupt();
            fitter.close();
            influence.close();
            assertThat(Thread.interrupted()).isTrue();
          };
      Future<?> elsewhere = other.submit(close);
      close.run();
      elsewhere.get();
      assertThatIllegalStateException().isThrownBy(() -> fitter.addCovariance(batch(1)));
    }
  }

  @Test
  void cancellingALargeEigendecompositionIsAnsweredSoon() throws Exception {
    int n = slowDimension();
    AtomicBoolean cancel = new AtomicBoolean();
    LayerSpec slow = LayerSpec.linear("fc", n, 2);
    try (Influence influence = builder(slow).cancelWhen(cancel::get).build()) {
      CurvatureFitter fitter = influence.fitter();
      fitter.addCovariance(batch(1, n, 2, 8));
      Future<?> stop =
          other.submit(
              () -> {
                Thread.sleep(100);
                long now = System.nanoTime();
                cancel.set(true);
                return now;
              });
      assertThatExceptionOfType(CancellationException.class)
          .isThrownBy(fitter::eigendecompose)
          .withMessageContaining(Stage.EIGENDECOMPOSITION.name());
      long asked = (Long) stop.get();
      assertThat((System.nanoTime() - asked) / 1e9).isLessThan(2);
      fitter.close();
      assertThat((System.nanoTime() - asked) / 1e9).isLessThan(2);
      cancel.set(false);
      // Waits for what was given up, then works.
      GradientBatch small = batch(1, n, 2, 1);
      try (CurvatureFitter next = influence.fitter()) {
        next.addCovariance(small);
      }
    }
  }

  /** What was fitted stays: the fitter goes on where it was cancelled. */
  @Test
  void aCancelledStepMayBeRepeated() {
    int n = 250;
    LayerSpec wide = LayerSpec.linear("fc", n, 2);
    AtomicBoolean cancel = new AtomicBoolean();
    GradientBatch data = batch(1, n, 2, 8);
    try (Influence influence = builder(wide).cancelWhen(cancel::get).build();
        CurvatureFitter fitter = influence.fitter()) {
      fitter.addCovariance(data);
      cancel.set(true);
      assertThatExceptionOfType(CancellationException.class).isThrownBy(fitter::eigendecompose);
      cancel.set(false);
      fitter.eigendecompose();
      fitter.addSquares(data);
      assertThat(fitter.finish().eigenvalues("fc"))
          .isEqualTo(influence.fit(sink -> sink.accept(data)).eigenvalues("fc"));
    }
  }

  @Test
  void whatIsNeverClosedIsFreedAndReported() throws Exception {
    List<LogRecord> records = new CopyOnWriteArrayList<>();
    Logger logger = Logger.getLogger("io.github.influence4j.spi.support.OwnedResource");
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord logged) {
            records.add(logged);
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    Set<Thread> before = threads();
    System.setProperty(Settings.LEAKS, "trace");
    try {
      WeakReference<Object> lost = lose();
      for (int i = 0; i < 200 && (lost.get() != null || records.size() < 2); i++) {
        System.gc();
        Thread.sleep(20);
      }
    } finally {
      System.clearProperty(Settings.LEAKS);
      logger.removeHandler(handler);
    }
    assertThat(records.stream().map(LogRecord::getMessage))
        .containsExactlyInAnyOrder(
            "Influence was never closed; close it in try-with-resources.",
            "CurvatureFitter was never closed; close it in try-with-resources.");
    assertThat(records)
        .allSatisfy(
            logged -> {
              assertThat(logged.getLevel().getName()).isEqualTo(Level.WARNING.name());
              assertThat(logged.getThrown().getStackTrace())
                  .anyMatch(frame -> frame.getMethodName().equals("lose"));
            });
    for (int i = 0; i < 200 && !threads().equals(before); i++) {
      Thread.sleep(20);
    }
    assertThat(threads()).isEqualTo(before);
  }

  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("influence4j-cpu"))
        .collect(Collectors.toSet());
  }

  private WeakReference<Object> lose() {
    Influence influence = builder(FC).threads(3).build();
    CurvatureFitter fitter = influence.fitter();
    fitter.addCovariance(batch(1));
    return new WeakReference<>(fitter);
  }

  /** The scorer and the fitter keep open what they need, whoever forgets the rest. */
  @Test
  void whatIsStillUsedIsNotFreed() throws Exception {
    FittedCurvature curvature;
    try (Influence influence = builder(FC).build()) {
      curvature = influence.fit(DATA);
    }
    InfluenceScorer scorer = builder(FC).build().scorer(curvature);
    CurvatureFitter fitter = builder(FC).build().fitter();
    for (int i = 0; i < 10; i++) {
      System.gc();
      Thread.sleep(10);
      fitter.addCovariance(batch(i));
      assertThat(scorer.selfInfluence(DATA, SelfInfluenceOptions.defaults()).scores()).hasSize(16);
    }
    fitter.close();
  }
}
