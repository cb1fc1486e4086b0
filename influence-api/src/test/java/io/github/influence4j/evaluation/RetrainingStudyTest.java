/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.influence4j.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetrainingStudyTest {
  private static final Means MEANS = Means.random("study", 3, 10);
  private static final TrainingSubsets HALVES = TrainingSubsets.random(10, 0.5, 4, 1);
  private static final RetrainingStudy STUDY =
      RetrainingStudy.of("means of ten", 3).withRepeats(3).withSeed(5).withThreads(2);

  /** Trains in a process of its own, which dies after some results. */
  static final class Killed {
    private Killed() {}

    public static void main(String[] args) throws IOException {
      STUDY
          .withFolder(Path.of(args[0]))
          .withProgress(
              done -> {
                if (done == 5) {
                  Runtime.getRuntime().halt(137);
                }
              })
          .run(HALVES, MEANS.noisy(1));
    }
  }

  private static Retraining counting(AtomicInteger calls) {
    return (subset, seed) -> {
      calls.incrementAndGet();
      return MEANS.noisy(1).measure(subset, seed);
    };
  }

  private static void assertEqual(RetrainedMeasurements a, RetrainedMeasurements b) {
    for (int q = 0; q < 3; q++) {
      for (int r = 0; r < 3; r++) {
        assertThat(a.means(q, new int[] {r})).isEqualTo(b.means(q, new int[] {r}));
      }
    }
  }

  @Test
  void aKilledRunGoesOn(@TempDir Path folder) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(ChildJvm.command(List.of(), Killed.class, folder.toString()))
            .inheritIO()
            .start();
    assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
    assertThat(process.exitValue()).isEqualTo(137);

    AtomicInteger calls = new AtomicInteger();
    RetrainedMeasurements resumed = STUDY.withFolder(folder).run(HALVES, counting(calls));
    assertThat(calls.get()).isBetween(12 - 6, 12 - 5); // one more may have been written
    assertEqual(resumed, STUDY.run(HALVES, MEANS.noisy(1)));
  }

  @Test
  void whatIsThereIsNotTrainedAgain(@TempDir Path folder) throws IOException {
    RetrainingStudy kept = STUDY.withFolder(folder.resolve("new"));
    AtomicInteger calls = new AtomicInteger();
    kept.withRepeats(2).run(TrainingSubsets.random(10, 0.5, 3, 1), counting(calls));
    assertThat(calls.get()).isEqualTo(6);
    RetrainedMeasurements more = kept.run(HALVES, counting(calls));
    assertThat(calls.get()).isEqualTo(12);
    assertEqual(more, STUDY.run(HALVES, MEANS.noisy(1)));
  }

  @Test
  void threadsChangeNothing() throws IOException {
    assertEqual(
        STUDY.withThreads(1).run(HALVES, MEANS.noisy(1)),
        STUDY.withThreads(5).run(HALVES, MEANS.noisy(1)));
  }

  @Test
  void aFolderOfAnotherExperimentIsRefused(@TempDir Path folder) throws IOException {
    STUDY.withFolder(folder).run(HALVES, MEANS.noisy(1));
    for (RetrainingStudy other :
        List.of(
            STUDY.withSeed(6),
            RetrainingStudy.of("other means", 3).withSeed(5),
            RetrainingStudy.of("means of ten", 2).withSeed(5))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> other.withFolder(folder).run(HALVES, MEANS.noisy(1)))
          .withMessageContaining("holds another experiment (experiment: means of ten")
          .withMessageContaining("name another folder");
    }
    TrainingSubsets others = TrainingSubsets.random(10, 0.5, 4, 2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STUDY.withFolder(folder).run(others, MEANS.noisy(1)))
        .withMessageContaining("was trained on other examples");
  }

  @Test
  void aFolderOfSomethingElseIsRefused(@TempDir Path folder) throws IOException {
    Files.writeString(folder.resolve("thesis.tex"), "");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STUDY.withFolder(folder).run(HALVES, MEANS.noisy(1)))
        .withMessageContaining("holds other files");
    assertThat(folder.resolve("experiment.txt")).doesNotExist();
  }

  @Test
  void aDamagedResultIsNamed(@TempDir Path folder) throws IOException {
    STUDY.withFolder(folder).run(HALVES, MEANS.noisy(1));
    Path result = folder.resolve("subset-00002-repeat-001.safetensors");
    Files.write(result, new byte[] {1, 2, 3});
    assertThatIOException()
        .isThrownBy(() -> STUDY.withFolder(folder).run(HALVES, MEANS.noisy(1)))
        .withMessageContaining(result.getFileName().toString());
  }

  @Test
  void aRunInUseIsNotDisturbed(@TempDir Path folder) throws IOException {
    Retraining nested =
        (subset, seed) -> {
          try {
            return new double[] {
              STUDY.withFolder(folder).run(HALVES, MEANS.noisy(1)).mean(0, 0), 0, 0
            };
          } catch (IOException e) {
            throw new IllegalStateException(e);
          }
        };
    assertThatIllegalStateException()
        .isThrownBy(() -> STUDY.withFolder(folder).run(HALVES, nested))
        .withMessageContaining("is in use");
  }

  @Test
  void whatIsNoMeasurementIsRefusedAndNotKept(@TempDir Path folder) throws IOException {
    RetrainingStudy kept = STUDY.withFolder(folder);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kept.run(HALVES, (subset, seed) -> new double[2]))
        .withMessageMatching("Expected 3 measurements of retraining . on subset ., got 2.");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> kept.run(HALVES, (subset, seed) -> new double[] {0, Double.NaN, 0}))
        .withMessageMatching("Measurements of retraining . on subset . must be finite, got NaN.");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("experiment.txt", ".influence4j.lock");
    }
  }

  @Test
  void theFirstFailureEndsTheRun() {
    AtomicInteger calls = new AtomicInteger();
    Retraining failing =
        (subset, seed) -> {
          calls.incrementAndGet();
          throw new IllegalStateException("diverged");
        };
    assertThatIllegalStateException()
        .isThrownBy(() -> STUDY.withThreads(1).run(HALVES, failing))
        .withMessage("diverged");
    assertThat(calls.get()).isLessThanOrEqualTo(12);
  }

  @Test
  void anInterruptStopsIt() {
    Thread.currentThread().interrupt();
    assertThatExceptionOfType(CancellationException.class)
        .isThrownBy(() -> STUDY.run(HALVES, MEANS.noisy(1)));
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void refusesNonsense() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> RetrainingStudy.of("two\nlines", 3))
        .withMessageContaining("in one line");
    assertThatIllegalArgumentException().isThrownBy(() -> RetrainingStudy.of(" ", 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> STUDY.withRepeats(0))
        .withMessage("repeats must be at least 1, got 0");
    assertThatIllegalArgumentException().isThrownBy(() -> STUDY.withThreads(0));
    assertThatIllegalArgumentException().isThrownBy(() -> RetrainingStudy.of("x", 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new RetrainedMeasurements(new double[2][3], new double[1][3]))
        .withMessage("Expected 2 repeats of each subset, got 1.");
    assertThatIllegalArgumentException().isThrownBy(RetrainedMeasurements::new);
  }
}
