/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.compute.BackendDescription;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.compute.TensorCores;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.fit.PlannedFit;
import io.github.influence4j.internal.lifetimes.Lifetime;
import io.github.influence4j.internal.planning.FitPlan;
import io.github.influence4j.internal.planning.RunPlanner;
import io.github.influence4j.internal.rows.ModelLayers;
import io.github.influence4j.internal.scores.BackendInfluenceScorer;
import io.github.influence4j.internal.scores.KeptCurvature;
import io.github.influence4j.planning.RunPlan;
import io.github.influence4j.planning.Workload;
import io.github.influence4j.progress.ProgressListener;
import io.github.influence4j.scoring.InfluenceScorer;
import io.github.influence4j.scoring.InfluenceScores;
import io.github.influence4j.scoring.ScoreOptions;
import io.github.influence4j.scoring.SelfInfluence;
import io.github.influence4j.scoring.SelfInfluenceOptions;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.ComputeBackend;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Which training examples made the model say what it said: EK-FAC influence functions (Grosse et
 * al. 2023, "Studying Large Language Model Generalization with Influence Functions").
 *
 * <pre>{@code
 * LayerSpec fc1 = LayerSpec.linear("fc1", 64, 256), fc2 = LayerSpec.linear("fc2", 256, 10);
 * try (Influence influence = Influence.builder().layers(fc1, fc2).build()) {
 *   FittedCurvature curvature = influence.fit(model.pseudoGradients(train));
 *   InfluenceScores scores =
 *       influence.score(curvature, model.gradients(queries), model.gradients(train),
 *           ScoreOptions.topK(10));
 *   scores.proponents(0).forEach(hit -> report(hit.example(), hit.score()));
 * }
 * }</pre>
 *
 * <p><b>Sign:</b> positive scores are proponents. <b>Memory:</b> what sources push is borrowed
 * during the push. <b>Threads:</b> one run (a fit or a scoring) at a time, others are refused
 * meanwhile; a {@link FittedCurvature} may be shared. <b>Closing</b> frees the backend and stops
 * its threads, fitted curvatures and scores stay usable; it may come from any thread, also from
 * within a callback, and ends a run that goes on with an {@link IllegalStateException}.
 */
public final class Influence implements AutoCloseable {
  private final FitPlan plan;
  private final ComputeBackend backend;
  private final BackendDescription description;
  private final RunControl control;
  private final KeptCurvature kept;
  private final Lifetime lifetime;

  private Influence(Builder builder, OpenedBackend opened) {
    ComputeBackend started = opened.backend();
    this.plan = new FitPlan(started, builder.layers, builder.strategy, opened.maxMemory());
    this.backend = started;
    this.description = opened.description();
    KeptCurvature curvature = new KeptCurvature(started);
    this.kept = curvature;
    this.lifetime = new Lifetime("Influence", () -> close(curvature, started));
    this.control = lifetime.control(builder.listener, builder.cancelled);
  }

  private static void close(KeptCurvature kept, ComputeBackend backend) {
    try (backend) {
      kept.close();
    }
  }

  /**
   * Starts to describe a model.
   *
   * @return a builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * What the arithmetic runs on, and why not on what would be faster.
   *
   * @return the backend's description
   */
  public BackendDescription backend() {
    return description;
  }

  /**
   * The most memory that the backend has held so far, of what {@link Builder#maxMemory} bounds.
   *
   * @return bytes; 0 where the backend does not count them
   */
  public long peakMemory() {
    return backend.peakMemory();
  }

  /**
   * The tracked layers.
   *
   * @return in the order they were given
   */
  public List<LayerSpec> layers() {
    return plan.layers();
  }

  /**
   * Fits the curvature; runs over the source twice for EKFAC, once for KFAC and DIAGONAL, never for
   * IDENTITY, and again so for each group of layers where not all fit into maxMemory ({@link
   * #plan}).
   *
   * @param source training data with the gradients of labels sampled from the model (true Fisher,
   *     see {@link io.github.influence4j.capture.LabelSampler}), or of the data's own labels
   *     (empirical Fisher)
   * @return the curvature, to score with, to share and to save
   * @throws IllegalArgumentException if a batch does not fit the model or holds NaN or infinity
   * @throws java.util.concurrent.CancellationException if cancelled
   */
  public FittedCurvature fit(GradientSource source) {
    return lifetime.call(
        () -> {
          Runnable done = kept.makeRoom();
          try {
            return new PlannedFit(backend, plan, control).fit(source);
          } finally {
            done.run();
          }
        });
  }

  /**
   * A fitter to push batches into, for users who own the training loop.
   *
   * @return an empty fitter, to close before this object
   * @throws IllegalArgumentException if the layers together exceed maxMemory
   */
  public CurvatureFitter fitter() {
    lifetime.requireOpen();
    Runnable done = kept.makeRoom();
    try {
      return new PlannedFit(backend, plan, control).fitter(done);
    } catch (RuntimeException | Error failure) {
      done.run();
      throw failure;
    }
  }

  /**
   * A scorer over a fitted curvature. What a run loads on the backend stays there within {@link
   * Builder#maxMemory}, for the next run over the same curvature, by whichever scorer; it is freed
   * when this object fits or scores something else, or is closed, and where the curvature can be
   * reached no more.
   *
   * @param curvature fitted here, or loaded for the same layers
   * @return a scorer, usable as long as this object is open
   * @throws IllegalArgumentException if the curvature is of other layers
   */
  public InfluenceScorer scorer(FittedCurvature curvature) {
    lifetime.requireOpen();
    ModelLayers.requireSame(layers(), curvature.layers());
    return new GuardedScorer(
        lifetime, new BackendInfluenceScorer(backend, curvature, plan.maxMemory(), control, kept));
  }

  /**
   * Scores training examples against queries; see {@link InfluenceScorer#score}.
   *
   * @param curvature fitted here, or loaded for the same layers
   * @param queries gradients of the queries' losses
   * @param train gradients of the training examples' losses
   * @param options what to keep
   * @return the scores
   */
  public InfluenceScores score(
      FittedCurvature curvature,
      GradientSource queries,
      GradientSource train,
      ScoreOptions options) {
    return scorer(curvature).score(queries, train, options);
  }

  /**
   * Scores training examples against themselves; see {@link InfluenceScorer#selfInfluence}.
   *
   * @param curvature fitted here, or loaded for the same layers
   * @param train gradients of the training examples' losses
   * @param options dampings, unit, and whether to keep the parts of layers
   * @return the scores
   */
  public SelfInfluence selfInfluence(
      FittedCurvature curvature, GradientSource train, SelfInfluenceOptions options) {
    return scorer(curvature).selfInfluence(train, options);
  }

  /**
   * What a run would take, without running anything.
   *
   * @param work how much there is to do
   * @param options of the scores
   * @return passes over the data, bytes and operations, stage by stage
   * @throws IllegalArgumentException if a layer alone exceeds maxMemory
   */
  public RunPlan plan(Workload work, ScoreOptions options) {
    return lifetime.call(() -> new RunPlanner(plan, work, options).plan());
  }

  /**
   * Frees the backend, after the operation in flight; a run that goes on elsewhere is cancelled.
   */
  @Override
  public void close() {
    lifetime.close();
  }

  /** Collects what an {@link Influence} needs; only the layers are mandatory. */
  public static final class Builder {
    private List<LayerSpec> layers = List.of();
    private CurvatureStrategy strategy = CurvatureStrategy.EKFAC;
    private Precision precision = Precision.F32;
    private TensorCores tensorCores = TensorCores.OFF;
    private @Nullable String backend;
    private @Nullable Integer threads;
    private List<Integer> devices = List.of();
    private @Nullable Long maxMemory;
    private ProgressListener listener = RunControl.NONE.listener();
    private BooleanSupplier cancelled = RunControl.NONE.cancelled();

    private Builder() {}

    /**
     * The layers to track.
     *
     * @param specs in the order of the model
     * @return this
     */
    public Builder layers(LayerSpec... specs) {
      return layers(List.of(specs));
    }

    /**
     * The layers to track.
     *
     * @param specs in the order of the model
     * @return this
     */
    public Builder layers(List<LayerSpec> specs) {
      layers = List.copyOf(specs);
      return this;
    }

    /**
     * The structure of the Hessian; EKFAC by default.
     *
     * @param value the structure
     * @return this
     */
    public Builder strategy(CurvatureStrategy value) {
      strategy = value;
      return this;
    }

    /**
     * The arithmetic; F32 by default. The reference backend always computes in F64.
     *
     * @param value the precision
     * @return this
     */
    public Builder precision(Precision value) {
      precision = value;
      return this;
    }

    /**
     * Whether matrices are multiplied on a GPU's tensor cores, less accurately; OFF by default.
     * Other backends than cuda compute in full precision all the same.
     *
     * @param value off, or how inputs are rounded
     * @return this
     */
    public Builder tensorCores(TensorCores value) {
      tensorCores = value;
      return this;
    }

    /**
     * Forces a backend; by default the best available one, or what the system property {@link
     * Settings#BACKEND} says. A better one that should run here but cannot is warned of, in the log
     * and in {@link Influence#backend()}; one asked for by name is never replaced by another.
     *
     * @param name reference, cpu or cuda; null for the default
     * @return this
     */
    public Builder backend(@Nullable String name) {
      backend = name;
      return this;
    }

    /**
     * Host threads that may be used; by default all processors, or what the system property {@link
     * Settings#THREADS} says.
     *
     * @param count 1 to 4096
     * @return this
     */
    public Builder threads(int count) {
      threads = count;
      return this;
    }

    /**
     * The GPUs of backend cuda, by number; by default what the system property {@code
     * influence4j.cuda.device} says, or the first. Several work as one, with the bits of one. A
     * backend without devices is not taken, so CUDA is never replaced by another where GPUs are
     * named.
     *
     * @param numbers of different GPUs, from 0 on; none for the default
     * @return this
     */
    public Builder devices(int... numbers) {
      devices = Arrays.stream(numbers).boxed().toList();
      return this;
    }

    /**
     * Memory that the backend may hold at a time, outside the Java heap: accumulators,
     * eigenvectors, preconditioned queries and the work of operations. By default the size of the
     * Java heap, or 2 GiB if that is more, but at most half of what the container or the machine
     * leaves beside the heap; on a GPU, four fifths of what is free. Layers and queries that do not
     * fit at once take several passes over the data, with the same results to the last bit. Neither
     * the Java heap nor what sources push nor fitted factors count.
     *
     * @param bytes the budget
     * @return this
     */
    public Builder maxMemory(long bytes) {
      maxMemory = bytes;
      return this;
    }

    /**
     * Who is told about progress.
     *
     * @param value told after each batch
     * @return this
     */
    public Builder progress(ProgressListener value) {
      listener = value;
      return this;
    }

    /**
     * How to stop a run.
     *
     * @param value asked before and after each batch; true ends the run with a {@link
     *     java.util.concurrent.CancellationException}
     * @return this
     */
    public Builder cancelWhen(BooleanSupplier value) {
      cancelled = value;
      return this;
    }

    /**
     * Chooses and starts the backend.
     *
     * @return an open object, to be closed
     * @throws IllegalArgumentException if there are no layers, two of the same name, no backend of
     *     the name asked for, no number in a system property that is one, a device is named twice,
     *     or tensor cores are asked for that the precision or the GPU rules out
     * @throws IllegalStateException if the backend or a device asked for is unavailable; the text
     *     says why
     */
    public Influence build() {
      ModelLayers.checked(layers);
      BackendOptions options =
          BackendOptions.of(precision, threads == null ? Settings.threads() : threads)
              .withTensorCores(tensorCores)
              .withDevices(devices);
      return new Influence(this, OpenedBackend.open(backend, options, maxMemory));
    }
  }
}
