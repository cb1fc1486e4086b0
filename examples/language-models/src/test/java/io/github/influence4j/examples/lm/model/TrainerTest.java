/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.examples.lm.run.Torch;
import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import io.github.influence4j.testing.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainerTest {
  private static final TrainingPlan PLAN = new TrainingPlan(60, 4, 2e-2, 3);

  @TempDir private Path folder;
  private final List<TokenSequence> data = TinyData.sequences(21, 5);
  private final List<AutoCloseable> opened = new ArrayList<>();

  @BeforeAll
  static void oneThread() {
    Torch.load();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private LanguageModel model(int width, long seed) throws IOException {
    Path directory = folder.resolve("model" + width + "." + seed);
    TinyData.model(width).begin(directory, seed);
    LanguageModel model = LanguageModel.builder(directory).withParameterGradients().open();
    opened.add(model);
    return model;
  }

  private Trainer trainer(LanguageModel model) {
    return trainer(model, 1);
  }

  private Trainer trainer(LanguageModel model, int threads) {
    Trainer trainer = new Trainer(model, data, PLAN, threads);
    opened.add(trainer);
    return trainer;
  }

  private static void train(Trainer trainer, int upTo) {
    while (trainer.step() < upTo) {
      trainer.update();
    }
  }

  private static void assertEqualWeights(LanguageModel a, LanguageModel b) {
    a.parameters()
        .forEach((name, tensor) -> assertThat(tensor.equal(b.parameters().get(name))).isTrue());
  }

  @Test
  void resumedEqualsUninterrupted() throws IOException {
    LanguageModel uninterrupted = model(8, 1);
    train(trainer(uninterrupted), PLAN.steps());

    Trainer first = trainer(model(8, 1));
    train(first, 13);
    Path file = Files.createDirectory(folder.resolve("state")).resolve("checkpoint");
    first.save(file);
    LanguageModel model = model(8, 2);
    Trainer second = trainer(model, 3); // the number of threads does not matter
    second.restore(file);
    assertThat(second.step()).isEqualTo(13);
    train(second, PLAN.steps());
    assertThat(second.done()).isTrue();
    assertEqualWeights(model, uninterrupted);
    try (var files = Files.list(file.getParent())) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void learns() throws IOException {
    LanguageModel model = model(8, 1);
    double before = Trainer.meanLoss(model, data, 4);
    assertThat(before).isBetween(Math.log(257) - 0.5, Math.log(257) + 0.5);
    train(trainer(model), PLAN.steps());
    assertThat(Trainer.meanLoss(model, data, 4)).isLessThan(before - 1);
    assertThat(Trainer.meanLoss(model, data, 4))
        .isCloseTo(Trainer.meanLoss(model, data, 3), within(1e-5));
  }

  /** Of whoever wrote it, and of a model with other parameters. */
  @Test
  void checkpointsThatAreNone() throws IOException {
    Trainer trainer = trainer(model(8, 1));
    Path file = folder.resolve("checkpoint");
    Files.writeString(file, "no checkpoint");
    assertThatIOException()
        .isThrownBy(() -> trainer.restore(file))
        .withMessageContaining(file.toString());
    trainer.save(file);
    Trainer larger = trainer(model(12, 1));
    assertThatIOException()
        .isThrownBy(() -> larger.restore(file))
        .withMessageContaining("of another model: ")
        .withMessageContaining("is [24] there, [36] here");
    assertThatIOException()
        .isThrownBy(() -> trainer.save(folder.resolve("no/such/folder")))
        .withMessageContaining(folder.resolve("no/such/folder").toString());
  }

  @Test
  void aFullDiskKeepsTheCheckpoint() throws IOException {
    try (Mounts disk = Mounts.tmpfs(Files.createDirectory(folder.resolve("disk")), "16k")) {
      Path file = Files.writeString(disk.folder().resolve("checkpoint"), "old");
      Trainer trainer = trainer(model(8, 1));
      assertThatIOException()
          .isThrownBy(() -> trainer.save(file))
          .withMessage(file + ": No space left on device");
      assertThat(file).hasContent("old");
      try (var files = Files.list(disk.folder())) {
        assertThat(files).containsExactly(file);
      }
    }
  }

  /** A bit of a weight, of a name, or of a number in the header. */
  @Test
  void flippedBitsAreSeen() throws IOException {
    Path file = folder.resolve("checkpoint");
    LanguageModel model = model(8, 1);
    LanguageModel same = model(8, 1);
    Trainer trainer = trainer(model);
    trainer.save(file);
    byte[] whole = Files.readAllBytes(file);
    for (int place = 100; place < whole.length; place += whole.length / 13) {
      byte[] damaged = whole.clone();
      damaged[place] ^= 1;
      Files.write(file, damaged);
      assertThatIOException().isThrownBy(() -> trainer.restore(file));
      assertEqualWeights(model, same);
    }
    byte[] damaged = whole.clone();
    damaged[whole.length - 5] ^= 1;
    Files.write(file, damaged);
    assertThatIOException()
        .isThrownBy(() -> trainer.restore(file))
        .withMessageContaining("Cannot read the checkpoint " + file + "; it is damaged (has the ");
  }

  @Test
  void divergenceIsTold() throws IOException {
    Trainer trainer = new Trainer(model(8, 1), data, new TrainingPlan(1000, 4, 1e30, 3), 1);
    opened.add(trainer);
    assertThatExceptionOfType(ArithmeticException.class)
        .isThrownBy(() -> train(trainer, 1000))
        .withMessageContaining("lower the learning rate");
  }

  @Test
  void badShapesAndPlans() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelShape(257, 16, 9, 2, 2))
        .withMessageContaining("multiple of the 2 heads");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ModelShape(257, 0, 8, 2, 2))
        .withMessageContaining("must be positive");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TrainingPlan(0, 4, 1e-3, 1))
        .withMessageContaining("must be positive");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Trainer(model(8, 1), List.of(), PLAN, 1))
        .withMessageContaining("nothing to learn from");
  }

  @Test
  void everySequenceIsSeenOnceARound() {
    Shuffle shuffle = new Shuffle(5, 1);
    for (int round = 0; round < 3; round++) {
      int first = 5 * round;
      assertThat(List.of(0, 1, 2, 3, 4))
          .containsExactlyInAnyOrder(
              shuffle.at(first),
              shuffle.at(first + 1),
              shuffle.at(first + 2),
              shuffle.at(first + 3),
              shuffle.at(first + 4));
    }
    assertThat(shuffle.at(7)).isEqualTo(new Shuffle(5, 1).at(7));
  }
}
