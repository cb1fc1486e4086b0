/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.examples.lm.text.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.kSum;

/**
 * The gradient of a batch's mean loss, computed by several threads. A batch is always cut into the
 * same parts, whose gradients are added in the same order, so the number of threads changes nothing
 * but the time. PyTorch's own threads are not used: they spin while they wait, which slows a
 * machine that does other work.
 */
@SuppressWarnings("try") // scopes are guards
final class BatchGradient implements AutoCloseable {
  private static final int PARTS = 4;

  private final Transformer model;
  private final ExecutorService threads;
  private final TensorVector parameters;

  /** [part][parameter]. */
  private final List<List<Tensor>> gradients = new ArrayList<>();

  BatchGradient(Transformer model, int threads) {
    this.model = model;
    this.threads = Executors.newFixedThreadPool(Math.min(threads, PARTS), BatchGradient::daemon);
    this.parameters = model.parameters();
    for (int p = 0; p < PARTS; p++) {
      gradients.add(new ArrayList<>());
      for (long i = 0; i < parameters.size(); i++) {
        gradients.get(p).add(zeros_like(parameters.get(i)));
      }
    }
    for (long i = 0; i < parameters.size(); i++) {
      parameters.get(i).mutable_grad().put(zeros_like(parameters.get(i)));
    }
  }

  /** An interrupted program need not wait for it. */
  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "training");
    thread.setDaemon(true);
    return thread;
  }

  /** Leaves the gradient in the parameters; returns the mean loss. */
  double compute(List<Sequence> batch) {
    List<Future<Double>> losses = new ArrayList<>();
    int size = (batch.size() + PARTS - 1) / PARTS;
    List<List<Sequence>> parts = SequenceBatch.cut(batch, size);
    for (int p = 0; p < parts.size(); p++) {
      List<Sequence> part = parts.get(p);
      List<Tensor> gradient = gradients.get(p);
      losses.add(threads.submit(() -> addSummedLoss(part, gradient)));
    }
    double loss = 0;
    for (Future<Double> each : losses) {
      loss += get(each);
    }
    int tokens = predictedTokens(batch);
    for (int i = 0; i < parameters.size(); i++) {
      Tensor sum = parameters.get(i).grad().zero_();
      for (int p = 0; p < parts.size(); p++) {
        sum.add_(gradients.get(p).get(i));
      }
      sum.div_(new Scalar((double) tokens));
    }
    return loss / tokens;
  }

  /** On a thread of its own: fills the gradient of a part's summed loss, returns that loss. */
  private double addSummedLoss(List<Sequence> part, List<Tensor> gradient) {
    set_num_threads(1); // a setting of each thread
    try (PointerScope scope = new PointerScope()) {
      Tensor loss = summedLoss(model, part);
      TensorVector found = grad(new TensorVector(loss), parameters);
      for (int i = 0; i < gradient.size(); i++) {
        gradient.get(i).copy_(found.get(i));
      }
      return loss.item_double();
    }
  }

  private static double get(Future<Double> loss) {
    try {
      return loss.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Training was interrupted.", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("Training failed: " + e.getCause(), e);
    }
  }

  static Tensor summedLoss(Transformer model, List<Sequence> sequences) {
    SequenceBatch batch = SequenceBatch.of(sequences);
    Tensor logits = model.forward(batch.ids());
    CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
    sum.reduction().put(new kSum());
    return cross_entropy(logits.reshape(-1, logits.size(-1)), batch.labels().reshape(-1), sum);
  }

  static int predictedTokens(List<Sequence> sequences) {
    return sequences.stream().mapToInt(s -> s.length() - s.promptLength()).sum();
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
