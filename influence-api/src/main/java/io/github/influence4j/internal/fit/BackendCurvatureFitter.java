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
import io.github.influence4j.spi.SymmetricEigen;
import java.util.ArrayList;
import java.util.Collections;
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
  private final List<LayerSpec> model;
  private final int run;
  private BatchReader reader;
  private final Map<String, LayerFit> fits;

  /** What a user pushed, where there are two passes; null where a source is replayed. */
  private @Nullable PushedPasses pushed;

  private long covarianceExamples;
  private long squaresExamples;
  private boolean decomposed;
  private int decompositions;
  private final Lifetime lifetime;

  /**
   * A fitter of some layers.
   *
   * @param model all layers that batches have
   * @param layers those to fit, with every layer whose input they share
   * @param run which run over the data this is, from 0
   */
  BackendCurvatureFitter(
      ComputeBackend backend,
      List<LayerSpec> model,
      List<LayerSpec> layers,
      CurvatureStrategy strategy,
      RunControl control,
      int run) {
    this.backend = backend;
    this.model = model;
    this.layers = ModelLayers.checked(layers);
    this.strategy = strategy;
    this.control = control;
    this.run = run;
    this.pushed = strategy.factored() && strategy.corrected() ? new PushedPasses() : null;
    this.reader = new BatchReader(model, this.layers, backend);
    Map<String, LayerFit> created = new LinkedHashMap<>();
    this.fits = created;
    this.lifetime =
        new Lifetime("CurvatureFitter", () -> created.values().forEach(LayerFit::close));
    try {
      for (LayerSpec layer : this.layers) {
        LayerFit owner = layer.inputOf() == null ? null : fits.get(layer.inputOf());
        LayerFit fit = new LayerFit(backend, layer, strategy, owner);
        fits.put(layer.name(), fit);
        fit.allocate();
      }
    } catch (RuntimeException | Error failure) {
      lifetime.close();
      throw failure;
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
    decompositions = fits.values().stream().mapToInt(LayerFit::matrices).sum();
    StageEvent event = StageEvent.begin(Stage.EIGENDECOMPOSITION, run, decompositions);
    double cost = layers.stream().mapToDouble(BackendCurvatureFitter::decompositionCost).sum();
    List<SymmetricEigen> results =
        Watched.run(
            control,
            Stage.EIGENDECOMPOSITION,
            cost,
            () -> EigenScaling.eigendecompose(backend, meanCovariances(), matrixLayers()),
            unwanted -> {});
    int next = 0;
    for (LayerFit fit : fits.values()) {
      control.checkCancelled(Stage.EIGENDECOMPOSITION);
      next = fit.setEigen(results, next);
    }
    event.commit();
    decomposed = true;
    reader = new BatchReader(model, layers, backend); // batches are numbered by pass
  }

  private List<double[]> meanCovariances() {
    List<double[]> matrices = new ArrayList<>();
    for (LayerFit fit : fits.values()) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancellationException("Cancelled in stage " + Stage.EIGENDECOMPOSITION + ".");
      }
      matrices.addAll(fit.meanCovariances());
    }
    return matrices;
  }

  /** The layer of each matrix. */
  private List<String> matrixLayers() {
    List<String> names = new ArrayList<>();
    fits.forEach((name, fit) -> names.addAll(Collections.nCopies(fit.matrices(), name)));
    return names;
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
    for (int i = 0; i < layers.size(); i++) {
      fit(i).addSquares(reader.parts().of(i, rows));
    }
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
