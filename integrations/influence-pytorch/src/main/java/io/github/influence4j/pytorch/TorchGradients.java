/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.ModelGradients;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.jspecify.annotations.Nullable;

/**
 * A data set seen through a PyTorch model: the gradients of its training examples or queries.
 *
 * <pre>{@code
 * net.eval(); // no dropout, no batch statistics: every replay must give the same
 * TorchGradients<Batch> train = new TorchGradients<>(taps, trainBatches,
 *     batch -> ModelOutput.classification(net.forward(batch.inputs()), batch.labels()));
 * FittedCurvature curvature = influence.fit(train.sampledLabels(new LabelSampler(1)));
 * }</pre>
 *
 * <p>Each batch has a {@code PointerScope} of its own: tensors made while it is drawn from the
 * batches and run are freed when the library has used it. Make tensors that last, such as the model
 * or a data set held in memory, before the replay.
 *
 * <p>Gradients are taken with respect to layer outputs only, so parameters may be frozen with
 * {@code requires_grad_(false)}, which saves time.
 *
 * @param <B> what the user calls a batch: examples of one or several lengths
 */
public final class TorchGradients<B> extends ModelGradients<B> {
  private final List<ModelReplica<B>> replicas;
  private final Executor threads;

  /**
   * A data set and a model.
   *
   * @param taps the model's tapped layers
   * @param batches the data, the same each time they are iterated over; neither the cut into
   *     batches nor the padding changes results
   * @param model runs the model on a batch
   */
  public TorchGradients(
      Taps taps, Iterable<? extends B> batches, Function<? super B, ModelOutput> model) {
    this(List.of(new ModelReplica<>(taps, model)), Runnable::run, batches);
  }

  /**
   * A data set and several equal models, which run at the same time, each on a batch of its own.
   * PyTorch's own threads are best off then: {@code torch.set_num_threads(1)} and {@code
   * openblas.blas_set_num_threads(1)}.
   *
   * @param replicas one or more
   * @param threads run all replicas but the first, which runs on the thread that replays; best as
   *     many, and threads that stay: memory that PyTorch used on one that ended is kept for it
   * @param batches the data, the same each time they are iterated over
   */
  public TorchGradients(
      List<ModelReplica<B>> replicas, Executor threads, Iterable<? extends B> batches) {
    super(batches);
    if (replicas.isEmpty()) {
      throw new IllegalArgumentException("There is no model; give one replica or more.");
    }
    this.replicas = List.copyOf(replicas);
    this.threads = threads;
  }

  /**
   * Another data set seen through the same model, such as the queries.
   *
   * @param others batches of the other data set
   * @return its gradients
   */
  public TorchGradients<B> over(Iterable<? extends B> others) {
    return new TorchGradients<>(replicas, threads, others);
  }

  @Override
  @SuppressWarnings("try") // the scope is a guard
  protected boolean pushNext(Replay<B> replay) {
    try (PointerScope scope = new PointerScope()) {
      List<B> batches = replay.draw(replicas.size());
      List<Capture<B>> captures = captures(batches, replay.firstExample());
      try {
        run(captures, replay.sampler());
        captures.forEach(capture -> replay.hand(result(capture)));
      } finally {
        captures.forEach(Capture::close);
      }
      return !batches.isEmpty();
    }
  }

  private List<Capture<B>> captures(List<B> batches, long firstExample) {
    List<Capture<B>> captures = new ArrayList<>();
    CompletableFuture<Long> first = CompletableFuture.completedFuture(firstExample);
    for (B batch : batches) {
      Capture<B> capture = new Capture<>(replicas.get(captures.size()), batch, first);
      captures.add(capture);
      first = capture.next();
    }
    return captures;
  }

  /** The first on this thread, the others beside it. Returns when all are done. */
  private void run(List<Capture<B>> captures, @Nullable LabelSampler sampler) {
    for (int i = 1; i < captures.size(); i++) {
      captures.get(i).start(threads, sampler);
    }
    captures.stream().limit(1).forEach(capture -> capture.run(sampler));
    captures.forEach(Capture::await);
  }

  private static GradientBatch result(Capture<?> capture) {
    try {
      return capture.batch();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }
}
