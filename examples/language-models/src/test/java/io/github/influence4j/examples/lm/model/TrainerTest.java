/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.set_num_threads;

import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.testing.Mounts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainerTest {
  private static final ModelShape SHAPE = new ModelShape(257, 16, 8, 2, 2);
  private static final TrainingPlan PLAN = new TrainingPlan(30, 4, 1e-2, 3);

  @TempDir private Path folder;
  private final List<Sequence> data = TinyData.sequences(21, 5);

  @BeforeAll
  static void oneThread() {
    set_num_threads(1);
  }

  private Trainer trainer(Transformer model) {
    return trainer(model, 1);
  }

  private Trainer trainer(Transformer model, int threads) {
    return new Trainer(model, data, PLAN, threads);
  }

  private static void train(Trainer trainer, int upTo) {
    while (trainer.step() < upTo) {
      trainer.update();
    }
  }

  private static void assertEqualWeights(Transformer a, Transformer b) {
    TensorVector left = a.parameters();
    TensorVector right = b.parameters();
    for (long i = 0; i < left.size(); i++) {
      assertThat(left.get(i).equal(right.get(i))).isTrue();
    }
  }

  @Test
  void resumedEqualsUninterrupted() throws IOException {
    Transformer uninterrupted = new Transformer(SHAPE, 1);
    train(trainer(uninterrupted), PLAN.steps());

    Trainer first = trainer(new Transformer(SHAPE, 1));
    train(first, 13);
    Path file = folder.resolve("checkpoint.pt");
    first.save(file);
    Transformer model = new Transformer(SHAPE, 2);
    Trainer second = trainer(model, 3); // the number of threads does not matter
    second.restore(file);
    assertThat(second.step()).isEqualTo(13);
    train(second, PLAN.steps());
    assertThat(second.done()).isTrue();
    assertEqualWeights(model, uninterrupted);
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void learns() {
    Transformer model = new Transformer(SHAPE, 1);
    double before = Trainer.meanLoss(model, data, 4);
    assertThat(before).isBetween(Math.log(257) - 0.5, Math.log(257) + 0.5);
    train(trainer(model), PLAN.steps());
    assertThat(Trainer.meanLoss(model, data, 4)).isLessThan(before - 1);
    assertThat(Trainer.meanLoss(model, data, 4))
        .isCloseTo(Trainer.meanLoss(model, data, 3), within(1e-5));
  }

  @Test
  void checkpointsThatAreNone() throws IOException {
    Trainer trainer = trainer(new Transformer(SHAPE, 1));
    Path file = folder.resolve("checkpoint.pt");
    Files.writeString(file, "no archive");
    assertThatIOException()
        .isThrownBy(() -> trainer.restore(file))
        .withMessageContaining("it is damaged");
    trainer.save(file);
    ModelShape larger = new ModelShape(257, 16, 12, 2, 2);
    assertThatIOException()
        .isThrownBy(() -> trainer(new Transformer(larger, 1)).restore(file))
        .withMessageContaining("of another model: 2 layers, width 8, 2 heads, context 16");
    assertThatIOException()
        .isThrownBy(() -> trainer.save(folder.resolve("no/such/folder")))
        .withMessage(folder.resolve("no/such/folder") + ": its folder does not exist");
  }

  @Test
  void aFullDiskKeepsTheCheckpoint() throws IOException {
    try (Mounts disk = Mounts.tmpfs(Files.createDirectory(folder.resolve("disk")), "16k")) {
      Path file = Files.writeString(disk.folder().resolve("checkpoint.pt"), "old");
      Trainer trainer = trainer(new Transformer(SHAPE, 1));
      assertThatIOException()
          .isThrownBy(() -> trainer.save(file))
          .withMessage(file + ": No space left on device");
      assertThat(file).hasContent("old");
      try (var files = Files.list(disk.folder())) {
        assertThat(files).containsExactly(file);
      }
    }
  }

  /** What is asked of the disk before PyTorch writes, which ends the process on a full one. */
  @Test
  void theSpaceThatIsTriedOutIsEnough() throws IOException {
    for (int layers = 1; layers < 9; layers *= 2) {
      Trainer trainer = trainer(new Transformer(new ModelShape(257, 16, 8, layers, 2), 1));
      trainer.update();
      Path file = folder.resolve("checkpoint.pt");
      trainer.save(file);
      assertThat(Files.size(file)).isBetween(trainer.mostBytes() / 20, trainer.mostBytes());
    }
  }

  /** A bit of a weight, which PyTorch would take without a word. */
  @Test
  void flippedBitsAreSeen() throws IOException {
    Path file = folder.resolve("checkpoint.pt");
    trainer(new Transformer(SHAPE, 1)).save(file);
    byte[] whole = Files.readAllBytes(file);
    for (int place = 100; place < whole.length; place += whole.length / 7) {
      byte[] damaged = whole.clone();
      damaged[place] ^= 1;
      Files.write(file, damaged);
      assertThatIOException()
          .isThrownBy(() -> trainer(new Transformer(SHAPE, 1)).restore(file))
          .withMessageContaining("Cannot read the checkpoint " + file + "; it is damaged (it ");
    }
  }

  @Test
  void divergenceIsTold() {
    Trainer trainer =
        new Trainer(new Transformer(SHAPE, 1), data, new TrainingPlan(1000, 4, 1e30, 3), 1);
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
        .isThrownBy(() -> new Trainer(new Transformer(SHAPE, 1), List.of(), PLAN, 1))
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
