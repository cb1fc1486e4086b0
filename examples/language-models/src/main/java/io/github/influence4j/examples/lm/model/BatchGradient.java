/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.model;

import static org.bytedeco.pytorch.global.torch.cross_entropy;
import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.AbstractTensor;
import org.bytedeco.pytorch.CrossEntropyLossOptions;
import org.bytedeco.pytorch.NoGradGuard;
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
@SuppressWarnings("try") // scopes and modes are guards
final class BatchGradient implements AutoCloseable {
  private static final int PARTS = 4;

  private final LanguageModel model;
  private final ExecutorService threads;
  private final TensorVector parameters = new TensorVector();

  /** [part][parameter]. */
  private final List<List<Tensor>> gradients = new ArrayList<>();

  BatchGradient(LanguageModel model, int threads) {
    this.model = model;
    this.threads = Executors.newFixedThreadPool(Math.min(threads, PARTS), BatchGradient::daemon);
    model.parameters().values().forEach(parameters::push_back);
    for (int p = 0; p < PARTS; p++) {
      gradients.add(model.parameters().values().stream().map(each -> zeros_like(each)).toList());
    }
  }

  /** An interrupted program need not wait for it. */
  private static Thread daemon(Runnable work) {
    Thread thread = new Thread(work, "training");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * A batch's gradient.
   *
   * @param loss the mean, before any step, in nats a token
   * @param parameters by parameter; valid until the next batch
   */
  record Result(double loss, List<Tensor> parameters) {}

  Result of(List<TokenSequence> batch) {
    List<Future<Double>> losses = new ArrayList<>();
    int size = (batch.size() + PARTS - 1) / PARTS;
    List<List<TokenSequence>> parts = cut(batch, size);
    for (int p = 0; p < parts.size(); p++) {
      List<TokenSequence> part = parts.get(p);
      List<Tensor> gradient = gradients.get(p);
      losses.add(threads.submit(() -> addSummedLoss(part, gradient)));
    }
    double loss = 0;
    for (Future<Double> each : losses) {
      loss += get(each);
    }
    int targets = targets(batch);
    List<Tensor> sum = gradients.get(0);
    for (int i = 0; i < sum.size(); i++) {
      for (int p = 1; p < parts.size(); p++) {
        sum.get(i).add_(gradients.get(p).get(i));
      }
      sum.get(i).div_(new Scalar((double) targets));
    }
    return new Result(loss / targets, sum);
  }

  /** On a thread of its own: fills the gradient of a part's summed loss, returns that loss. */
  private double addSummedLoss(List<TokenSequence> part, List<Tensor> gradient) {
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

  /** What a model loses on all targets, without learning from it, in nats. */
  static double lossOf(LanguageModel model, List<TokenSequence> sequences) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard noGradients = new NoGradGuard()) {
      return summedLoss(model, sequences).item_double();
    }
  }

  /** Padding is behind the texts, where nobody who counts sees it. */
  private static Tensor summedLoss(LanguageModel model, List<TokenSequence> sequences) {
    int rows = sequences.stream().mapToInt(TokenSequence::length).max().orElseThrow() - 1;
    long[][] ids = new long[sequences.size()][rows];
    long[] next = new long[sequences.size() * rows];
    Arrays.fill(next, TokenSequence.IGNORED);
    for (int s = 0; s < ids.length; s++) {
      int own = sequences.get(s).length() - 1;
      System.arraycopy(sequences.get(s).ids(), 0, ids[s], 0, own);
      System.arraycopy(sequences.get(s).labels(), 1, next, s * rows, own);
    }
    Tensor logits = model.logits(ids, null, null);
    CrossEntropyLossOptions sum = new CrossEntropyLossOptions();
    sum.reduction().put(new kSum());
    return cross_entropy(
        logits.reshape(-1, logits.size(-1)), AbstractTensor.create(next, next.length), sum);
  }

  static int targets(List<TokenSequence> sequences) {
    return sequences.stream().mapToInt(TokenSequence::targets).sum();
  }

  /** Consecutive cuts. */
  static List<List<TokenSequence>> cut(List<TokenSequence> sequences, int size) {
    return IntStream.iterate(0, first -> first < sequences.size(), first -> first + size)
        .mapToObj(first -> sequences.subList(first, Math.min(sequences.size(), first + size)))
        .toList();
  }

  @Override
  public void close() {
    threads.shutdown();
  }
}
