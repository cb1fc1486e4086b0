/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.curvature;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.internal.events.StageEvent;
import io.github.influence4j.internal.rows.BatchReader;
import io.github.influence4j.internal.rows.ModelLayers;
import io.github.influence4j.progress.RunControl;
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

/**
 * Fits a {@link HessianApproximation} to captured gradients. Either hand it a source, or push the
 * batches of a training loop of your own:
 *
 * <pre>{@code
 * try (CurvatureFitter fitter = influence.fitter()) {
 *   for (Batch batch : train) fitter.addCovariance(model.capture(batch));   // pass 1
 *   fitter.eigendecompose();
 *   for (Batch batch : train) fitter.addSquares(model.capture(batch));      // pass 2
 *   FittedCurvature curvature = fitter.finish();
 * }
 * }</pre>
 *
 * <p>IDENTITY needs neither pass, DIAGONAL the second only, KFAC the first only. A batch that is
 * refused leaves everything as it was, so the next batch may follow. Not safe for concurrent use.
 * The fitter borrows the backend; closing the fitter frees its accumulators.
 */
public final class CurvatureFitter implements AutoCloseable {
  private final ComputeBackend backend;
  private final List<LayerSpec> layers;
  private final CurvatureStrategy strategy;
  private final RunControl control;
  private final List<LayerSpec> model;
  private final int run;
  private BatchReader reader;
  private final Map<String, LayerFit> fits = new LinkedHashMap<>();
  private long covarianceExamples;
  private long squaresExamples;
  private boolean decomposed;
  private boolean closed;

  /**
   * A fitter of nothing yet.
   *
   * @param backend does the arithmetic; borrowed
   * @param layers the layers to track
   * @param strategy the structure
   * @param control watches and stops
   */
  public CurvatureFitter(
      ComputeBackend backend,
      List<LayerSpec> layers,
      CurvatureStrategy strategy,
      RunControl control) {
    this(backend, layers, layers, strategy, control, 0);
  }

  /**
   * A fitter of some layers.
   *
   * @param model all layers that batches have
   * @param layers those to fit, with every layer whose input they share
   * @param run which run over the data this is, from 0
   */
  CurvatureFitter(
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
    this.reader = new BatchReader(model, this.layers, backend);
    for (LayerSpec layer : this.layers) {
      LayerFit owner = layer.inputOf() == null ? null : fits.get(layer.inputOf());
      fits.put(layer.name(), new LayerFit(backend, layer, strategy, owner));
    }
  }

  /**
   * Runs both passes.
   *
   * @param source the training data with pseudo-gradients (true Fisher: labels sampled from the
   *     model) or with gradients of the data's own labels (empirical Fisher)
   * @return the fitted curvature
   */
  public FittedCurvature fit(GradientSource source) {
    if (strategy.factored()) {
      source.replay((GradientSink) this::addCovariance);
      eigendecompose();
    }
    if (strategy.corrected()) {
      source.replay((GradientSink) this::addSquares);
    }
    if (strategy.factored() && strategy.corrected() && squaresExamples != covarianceExamples) {
      throw new IllegalStateException(
          "The source pushed "
              + squaresExamples
              + " examples after "
              + covarianceExamples
              + " in the first replay; replays must give the same examples.");
    }
    return finish();
  }

  /**
   * First pass: adds a batch to the covariances A and S.
   *
   * @param batch borrowed for the call
   * @throws IllegalArgumentException if the batch is refused; nothing of it was added
   */
  public void addCovariance(GradientBatch batch) {
    requireOpen();
    if (!strategy.factored()) {
      throw new IllegalStateException(strategy.kind() + " has no covariances; skip this pass.");
    }
    if (decomposed) {
      throw new IllegalStateException("Covariances are already decomposed; start a new fitter.");
    }
    control.checkCancelled(Stage.COVARIANCE);
    List<List<ExampleRows>> rows = reader.read(batch);
    StageEvent event = StageEvent.begin(Stage.COVARIANCE, run, batch.examples());
    List<CovarianceUpdate> updates = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      updates.addAll(fit(i).covarianceUpdates(rows.get(i)));
    }
    backend.accumulateCovariances(updates);
    for (int i = 0; i < layers.size(); i++) {
      fit(i).countRows(rows.get(i));
    }
    event.commit();
    covarianceExamples += batch.examples();
    control.report(Stage.COVARIANCE, run, covarianceExamples);
  }

  /**
   * Between the passes: eigendecomposes all covariances, in float64.
   *
   * @throws ArithmeticException if a covariance overflowed or its decomposition fails; the text
   *     names the layer
   */
  public void eigendecompose() {
    requireOpen();
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
    List<double[]> matrices = new ArrayList<>();
    List<String> names = new ArrayList<>();
    for (Map.Entry<String, LayerFit> fit : fits.entrySet()) {
      matrices.addAll(fit.getValue().meanCovariances());
      names.addAll(Collections.nCopies(matrices.size() - names.size(), fit.getKey()));
    }
    StageEvent event = StageEvent.begin(Stage.EIGENDECOMPOSITION, run, matrices.size());
    List<SymmetricEigen> results = EigenScaling.eigendecompose(backend, matrices, names);
    int next = 0;
    for (LayerFit fit : fits.values()) {
      next = fit.setEigen(results, next);
    }
    event.commit();
    decomposed = true;
    reader = new BatchReader(model, layers, backend); // batches are numbered by pass
    control.report(Stage.EIGENDECOMPOSITION, run, matrices.size());
  }

  /**
   * Second pass: adds a batch to the squared gradients, in the eigenbasis for EKFAC.
   *
   * @param batch borrowed for the call
   * @throws IllegalArgumentException if the batch is refused; nothing of it was added
   */
  public void addSquares(GradientBatch batch) {
    requireOpen();
    if (!strategy.corrected()) {
      throw new IllegalStateException(strategy.kind() + " has no squares; skip this pass.");
    }
    if (strategy.factored() && !decomposed) {
      throw new IllegalStateException("Call eigendecompose() before the second pass.");
    }
    control.checkCancelled(Stage.EIGENVALUES);
    List<List<ExampleRows>> rows = reader.read(batch);
    StageEvent event = StageEvent.begin(Stage.EIGENVALUES, run, batch.examples());
    for (int i = 0; i < layers.size(); i++) {
      fit(i).addSquares(rows.get(i));
    }
    event.commit();
    squaresExamples += batch.examples();
    control.report(Stage.EIGENVALUES, run, squaresExamples);
  }

  /**
   * The result of all passes so far.
   *
   * @return an immutable curvature; the fitter may be closed
   */
  public FittedCurvature finish() {
    requireOpen();
    if (strategy.factored() && !decomposed) {
      throw new IllegalStateException("Call eigendecompose() first.");
    }
    if (strategy.corrected() && squaresExamples == 0) {
      throw new IllegalStateException("No examples; add batches to the squares first.");
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

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("CurvatureFitter already closed");
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      fits.values().forEach(LayerFit::close);
    }
  }
}
