/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.clip_grad_norm_;

import io.github.influence4j.examples.lm.text.Sequence;
import io.github.influence4j.internal.files.ChecksummedFile;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.InputArchive;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.OutputArchive;

/**
 * Trains a {@link Transformer}. What a step does depends on its number and on the state alone, so a
 * run that was saved and restored ends like one that was not interrupted.
 */
@SuppressWarnings("try") // scopes and modes are guards
public final class Trainer implements AutoCloseable {
  private static final double CLIP = 1;

  /** More than an archive's entries take beside their numbers. */
  private static final long ARCHIVE_BYTES = 4096;

  private final Transformer model;
  private final List<Sequence> training;
  private final TrainingPlan plan;
  private final AdamW optimizer;
  private final Shuffle order;
  private final BatchGradient gradient;
  private int step;

  /**
   * Before the first step.
   *
   * @param model changes in place
   * @param training to learn from, in a fixed order
   * @param plan how
   * @param threads that may work at once; the result does not depend on it
   */
  public Trainer(Transformer model, List<Sequence> training, TrainingPlan plan, int threads) {
    if (training.isEmpty()) {
      throw new IllegalArgumentException("There is nothing to learn from: no sequences.");
    }
    this.model = model;
    this.training = List.copyOf(training);
    this.plan = plan;
    this.optimizer = new AdamW(model.parameters(), new AdamWOptions(plan.learningRate()));
    this.order = new Shuffle(training.size(), plan.seed());
    this.gradient = new BatchGradient(model, threads);
  }

  /**
   * Steps done.
   *
   * @return 0 to the steps of the plan
   */
  public int step() {
    return step;
  }

  /**
   * Whether the plan is fulfilled.
   *
   * @return true after the last step
   */
  public boolean done() {
    return step >= plan.steps();
  }

  /**
   * One step.
   *
   * @return the mean loss of its batch before the step, nats a token
   * @throws ArithmeticException if the loss is no finite number any more
   */
  public double update() {
    try (PointerScope scope = new PointerScope()) {
      optimizer.param_groups().get(0).options().set_lr(plan.rate(step));
      double loss = gradient.compute(nextBatch());
      if (!Double.isFinite(loss)) {
        throw new ArithmeticException(
            "The loss of step " + step + " is " + loss + "; lower the learning rate.");
      }
      clip_grad_norm_(model.parameters(), CLIP);
      optimizer.step();
      step++;
      return loss;
    }
  }

  private List<Sequence> nextBatch() {
    List<Sequence> batch = new ArrayList<>();
    for (int i = 0; i < plan.batchSize(); i++) {
      batch.add(training.get(order.at((long) step * plan.batchSize() + i)));
    }
    return batch;
  }

  /**
   * The loss of a model, without learning from it.
   *
   * @param model any
   * @param sequences to predict
   * @param batchSize sequences run at once
   * @return mean over all tokens, in nats a token; NaN without sequences
   */
  public static double meanLoss(Transformer model, List<Sequence> sequences, int batchSize) {
    double sum = 0;
    long tokens = 0;
    for (List<Sequence> batch : SequenceBatch.cut(sequences, batchSize)) {
      try (PointerScope scope = new PointerScope();
          NoGradGuard noGradients = new NoGradGuard()) {
        sum += BatchGradient.summedLoss(model, batch).item_double();
        tokens += BatchGradient.predictedTokens(batch);
      }
    }
    return sum / tokens;
  }

  /**
   * Saves model, optimizer and step. The file appears complete or not at all, and with a checksum.
   *
   * @param file created or replaced
   * @throws IOException if writing fails
   */
  public void save(Path file) throws IOException {
    ChecksummedFile.write(file, mostBytes(), temporary -> write(temporary, file));
  }

  /** Weights and two moments of each in F32, and what the archive says about every tensor. */
  long mostBytes() {
    long tensors = model.parameters().size();
    return 3 * (Float.BYTES * model.parameterCount() + ARCHIVE_BYTES * tensors) + ARCHIVE_BYTES;
  }

  private void write(Path temporary, Path file) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      OutputArchive weights = new OutputArchive();
      model.save(weights);
      OutputArchive moments = new OutputArchive();
      optimizer.save(moments);
      OutputArchive all = new OutputArchive();
      all.write("model", weights);
      all.write("optimizer", moments);
      all.write("step", new IValue((long) step));
      all.write("shape", new IValue(model.shape().toString()));
      all.save_to(temporary.toString());
    } catch (RuntimeException e) { // what C++ throws
      long free = Files.getFileStore(temporary).getUsableSpace();
      throw new IOException(
          "Cannot write the checkpoint " + file + "; its disk has " + free + " bytes free.", e);
    }
  }

  /**
   * Goes on where another trainer of the same model shape was saved.
   *
   * @param file written by {@link #save}
   * @throws IOException if the file cannot be read, is damaged or is of another model
   */
  public void restore(Path file) throws IOException {
    try (PointerScope scope = new PointerScope()) {
      ChecksummedFile.verify(file);
      InputArchive all = new InputArchive();
      all.load_from(file.toString());
      requireSameShape(file, value(all, "shape").toStringRef().getString());
      model.load(archive(all, "model"));
      optimizer.load(archive(all, "optimizer"));
      step = Math.toIntExact(value(all, "step").toInt());
    } catch (FileSystemException e) {
      throw new IOException(damaged(file, "it " + e.getReason()), e);
    } catch (RuntimeException e) { // what C++ throws
      throw new IOException(damaged(file, "PyTorch cannot read it"), e);
    }
  }

  private static String damaged(Path file, String how) {
    return "Cannot read the checkpoint "
        + file
        + "; it is damaged ("
        + how
        + "). Delete it: the same command goes on from the checkpoint before it, or trains anew where"
        + " there is none.";
  }

  /** LibTorch loads weights of any shape without a word. */
  private void requireSameShape(Path file, String saved) throws IOException {
    if (!saved.equals(model.shape().toString())) {
      throw new IOException(
          "The checkpoint " + file + " is of another model: " + saved + "; not " + model.shape());
    }
  }

  private static InputArchive archive(InputArchive all, String key) {
    InputArchive part = new InputArchive();
    all.read(key, part);
    return part;
  }

  private static IValue value(InputArchive all, String key) {
    IValue value = new IValue();
    all.read(key, value);
    return value;
  }

  /** Ends the threads. */
  @Override
  public void close() {
    gradient.close();
  }
}
