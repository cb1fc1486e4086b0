/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.curvature.FittedCurvature;
import io.github.influence4j.curvature.LayerFactors;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.lifetimes.Lifetime;
import io.github.influence4j.internal.lifetimes.Watched;
import io.github.influence4j.internal.replays.CheckedSource;
import io.github.influence4j.internal.replays.PushedPasses;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.internal.rows.ModelLayers;
import io.github.influence4j.progress.Stage;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.CovarianceUpdate;
import io.github.influence4j.spi.ExampleRows;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;

/** Fits on a backend, which it borrows. */
final class BackendCurvatureFitter implements CurvatureFitter {
  private final ComputeBackend backend;
  private final List<LayerSpec> layers;
  private final CurvatureStrategy strategy;
  private final RunControl control;
  private final int run;
  private final BatchReader reader;
  private final Map<String, LayerFit> fits;

  /** What a user pushed, where there are two passes; null where a source is replayed. */
  private @Nullable PushedPasses pushed;

  private long covarianceExamples;
  private long squaresExamples;
  private boolean decomposed;
  private int decompositions;
  private final Lifetime lifetime;

  BackendCurvatureFitter(
      ComputeBackend backend,
      FitPass pass,
      CurvatureStrategy strategy,
      RunControl control,
      Runnable closed) {
    this.backend = backend;
    this.layers = ModelLayers.checked(pass.layers());
    this.strategy = strategy;
    this.control = control;
    this.run = pass.run();
    this.pushed = strategy.factored() && strategy.corrected() ? new PushedPasses() : null;
    BatchReader batches = new BatchReader(pass.model(), this.layers, backend);
    this.reader = batches;
    Map<String, LayerFit> created = new LinkedHashMap<>();
    this.fits = created;
    this.lifetime = new Lifetime("CurvatureFitter", () -> close(batches, created.values(), closed));
    try {
      for (LayerSpec layer : this.layers) {
        LayerFit owner = layer.inputOf() == null ? null : fits.get(layer.inputOf());
        LayerFit fit = new LayerFit(backend, layer, strategy, owner, pass.spare());
        fits.put(layer.name(), fit);
        fit.allocate();
      }
    } catch (RuntimeException | Error failure) {
      lifetime.close();
      throw failure;
    }
  }

  private static void close(BatchReader reader, Collection<LayerFit> fits, Runnable closed) {
    try (reader) {
      fits.forEach(LayerFit::close);
    } finally {
      closed.run();
    }
  }

  @Override
  public FittedCurvature fit(GradientSource source) {
    return lifetime.call(() -> fitOf(source));
  }

  private FittedCurvature fitOf(GradientSource source) {
    pushed = null;
    GradientSource checked = CheckedSource.of(source, "source", "examples");
    if (strategy.factored()) {
      checked.replay((GradientSink) this::addCovariance);
      eigendecompose();
    }
    if (strategy.corrected()) {
      checked.replay((GradientSink) this::addSquares);
    }
    return finish();
  }

  @Override
  public void addCovariance(GradientBatch batch) {
    lifetime.run(() -> covariance(batch));
  }

  private void covariance(GradientBatch batch) {
    if (!strategy.factored()) {
      throw new IllegalStateException(strategy.kind() + " has no covariances; skip this pass.");
    }
    if (decomposed) {
      throw new IllegalStateException("Covariances are already decomposed; start a new fitter.");
    }
    control.checkCancelled(Stage.COVARIANCE);
    lifetime.step(() -> accumulateCovariances(batch));
    control.report(Stage.COVARIANCE, run, covarianceExamples);
  }

  private void accumulateCovariances(GradientBatch batch) {
    List<ExampleRows> rows = reader.read(batch);
    StageEvent event = StageEvent.begin(Stage.COVARIANCE, run, batch.examples());
    List<CovarianceUpdate> updates = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      updates.addAll(fit(i).covarianceUpdates(reader.parts().of(i, rows)));
    }
    backend.accumulateCovariances(updates);
    for (int i = 0; i < layers.size(); i++) {
      fit(i).countRows(reader.parts().of(i, rows));
    }
    event.commit();
    covarianceExamples += batch.examples();
    if (pushed != null) {
      pushed.first(batch);
    }
  }

  @Override
  public void eigendecompose() {
    lifetime.run(this::eigen);
  }

  private void eigen() {
    if (!strategy.factored()) {
      throw new IllegalStateException(strategy.kind() + " has no covariances; skip this step.");
    }
    if (decomposed) {
      throw new IllegalStateException("Covariances are already decomposed; start a new fitter.");
    }
    if (covarianceExamples == 0) {
      throw new IllegalStateException("No examples; add batches to the covariances first.");
    }
    control.checkCancelled(Stage.EIGENDECOMPOSITION);
    lifetime.step(this::decompose);
    control.report(Stage.EIGENDECOMPOSITION, run, decompositions);
  }

  private void decompose() {
    reader.close(); // What convolutions were unfolded to makes room; the next pass has its own.
    decompositions = fits.values().stream().mapToInt(LayerFit::matrices).sum();
    StageEvent event = StageEvent.begin(Stage.EIGENDECOMPOSITION, run, decompositions);
    double cost = layers.stream().mapToDouble(BackendCurvatureFitter::decompositionCost).sum();
    List<Decomposition> results =
        Watched.run(
            control,
            Stage.EIGENDECOMPOSITION,
            cost,
            () -> EigenScaling.eigendecompose(backend, meanCovariances()),
            unwanted -> unwanted.forEach(Decomposition::close));
    try {
      int next = 0;
      for (LayerFit fit : fits.values()) {
        control.checkCancelled(Stage.EIGENDECOMPOSITION);
        next = fit.setEigen(results, next);
      }
    } catch (RuntimeException | Error stopped) {
      results.forEach(Decomposition::close); // the next attempt brings all of them
      throw stopped;
    }
    event.commit();
    decomposed = true;
    reader.beginPass();
  }

  private List<MeanCovariance> meanCovariances() {
    List<MeanCovariance> matrices = new ArrayList<>();
    for (LayerFit fit : fits.values()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("Cancelled in stage " + Stage.EIGENDECOMPOSITION + ".");
      }
      matrices.addAll(fit.meanCovariances());
    }
    return matrices;
  }

  /** As if factors had one block each. */
  private static double decompositionCost(LayerSpec layer) {
    double outputs = (double) layer.outputs() / layer.groups();
    return 10.0 * layer.groups() * (Math.pow(layer.gradientColumns(), 3) + Math.pow(outputs, 3));
  }

  @Override
  public void addSquares(GradientBatch batch) {
    lifetime.run(() -> squares(batch));
  }

  private void squares(GradientBatch batch) {
    if (!strategy.corrected()) {
      throw new IllegalStateException(strategy.kind() + " has no squares; skip this pass.");
    }
    if (strategy.factored() && !decomposed) {
      throw new IllegalStateException("Call eigendecompose() before the second pass.");
    }
    control.checkCancelled(Stage.EIGENVALUES);
    lifetime.step(() -> accumulateSquares(batch));
    control.report(Stage.EIGENVALUES, run, squaresExamples);
  }

  private void accumulateSquares(GradientBatch batch) {
    List<ExampleRows> rows = reader.read(batch);
    StageEvent event = StageEvent.begin(Stage.EIGENVALUES, run, batch.examples());
    List<Runnable> updates = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      updates.addAll(fit(i).squaresUpdates(reader.parts().of(i, rows)));
    }
    backend.together(updates);
    event.commit();
    squaresExamples += batch.examples();
    if (pushed != null) {
      pushed.second(batch);
    }
  }

  @Override
  public FittedCurvature finish() {
    return lifetime.call(this::result);
  }

  private FittedCurvature result() {
    if (strategy.factored() && !decomposed) {
      throw new IllegalStateException("Call eigendecompose() first.");
    }
    if (strategy.corrected() && squaresExamples == 0) {
      throw new IllegalStateException("No examples; add batches to the squares first.");
    }
    if (pushed != null) {
      pushed.requireSame();
    }
    List<LayerFactors> factors = new ArrayList<>();
    for (LayerFit fit : fits.values()) {
      factors.add(fit.factors(covarianceExamples, squaresExamples));
    }
    return new FittedCurvature(strategy, factors);
  }

  private LayerFit fit(int layer) {
    LayerFit fit = fits.get(layers.get(layer).name());
    if (fit == null) {
      throw new IllegalStateException(layers.get(layer).name());
    }
    return fit;
  }

  @Override
  public void close() {
    lifetime.close();
  }
}
