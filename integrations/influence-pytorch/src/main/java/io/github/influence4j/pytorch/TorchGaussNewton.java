/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.bytedeco.pytorch.global.torch.grad;
import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.solver.GaussNewtonOperator;
import io.github.influence4j.solver.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.BoolOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;

/**
 * Products of a PyTorch model's Gauss-Newton Hessian, for the solvers: {@code Jᵀ H J v}, with J v
 * by differentiating {@code Jᵀ u} once more by u, where v needs no derivative. One forward and one
 * backward pass of a batch for all vectors, then for each about what two backward passes take.
 *
 * <pre>{@code
 * GaussNewtonOperator model = new TorchGaussNewton(taps, texts.size(), numbers ->
 *     ModelOutput.classification(net.forward(inputs(numbers)), labels(numbers)));
 * SolverRefinement refined = SolverRefinement.of(model, ekfac -> Astra.iterations(50, ekfac));
 * }</pre>
 *
 * <p>Products have the precision of the model. The gradients of its operations must have gradients
 * themselves; fused attention is switched off meanwhile. Parameters may be frozen. Not for several
 * threads at once.
 */
public final class TorchGaussNewton implements GaussNewtonOperator {
  private final Taps taps;
  private final long examples;
  private final Function<long[], ModelOutput> model;

  /**
   * A model and its training examples.
   *
   * @param taps the model's tapped layers
   * @param examples N
   * @param model runs the model on the examples of some numbers, in evaluation mode: classification
   *     or regression
   */
  public TorchGaussNewton(Taps taps, long examples, Function<long[], ModelOutput> model) {
    this.taps = taps;
    this.examples = examples;
    this.model = model;
  }

  @Override
  public List<LayerSpec> layers() {
    return taps.layers();
  }

  @Override
  public long examples() {
    return examples;
  }

  @Override
  @SuppressWarnings("try") // scope and mode are guards
  public void addProducts(long[] numbers, double[][] vectors, double[][] products) {
    List<LayerWeights> layers = taps.weights();
    List<Tensor> weights = layers.stream().flatMap(layer -> layer.all().stream()).toList();
    List<Tensor> frozen = weights.stream().filter(weight -> !weight.requires_grad()).toList();
    frozen.forEach(weight -> weight.requires_grad_(true));
    try (PointerScope scope = new PointerScope();
        Differentiable mode = new Differentiable()) {
      Curved curved = model.apply(numbers).curved();
      if (!curved.outputs().requires_grad()) {
        throw new IllegalArgumentException(
            "The model's output depends on no tapped layer; compute it without detach(), and call"
                + " forward of what Taps returned.");
      }
      Products batch = new Products(layers, weights, curved);
      for (int v = 0; v < vectors.length; v++) {
        batch.add(vectors[v], products[v]);
      }
    } finally {
      frozen.forEach(weight -> weight.requires_grad_(false));
    }
  }

  /** Of one batch. */
  private static final class Products {
    private final List<LayerWeights> layers;
    private final List<Tensor> weights;
    private final ParameterLayout layout;
    private final Curved curved;

    /** u, by which Jᵀ u is differentiated; linear in it, so any will do. */
    private final Tensor direction;

    /** Jᵀ u by weight, undefined where nothing depends on it. */
    private final List<Tensor> pulled;

    Products(List<LayerWeights> layers, List<Tensor> weights, Curved curved) {
      this.layers = layers;
      this.weights = weights;
      this.layout = ParameterLayout.of(layers.stream().map(LayerWeights::spec).toList());
      this.curved = curved;
      this.direction = zeros_like(curved.outputs()).requires_grad_(true);
      this.pulled = gradients(List.of(curved.outputs()), weights, List.of(direction), true);
    }

    @SuppressWarnings("try") // the scope is a guard
    void add(double[] vector, double[] product) {
      try (PointerScope scope = new PointerScope()) {
        List<Tensor> tensors = new ArrayList<>();
        for (int l = 0; l < layers.size(); l++) {
          tensors.addAll(layers.get(l).tensors(vector, layout.offset(l)));
        }
        List<Tensor> from = new ArrayList<>();
        List<Tensor> along = new ArrayList<>();
        for (int w = 0; w < weights.size(); w++) {
          if (pulled.get(w).defined()) {
            from.add(pulled.get(w));
            along.add(tensors.get(w));
          }
        }
        Tensor tangents = gradients(from, List.of(direction), along, false).get(0);
        Tensor atOutputs = curved.timesHessian().apply(tangents);
        List<Tensor> found =
            gradients(List.of(curved.outputs()), weights, List.of(atOutputs), false);
        int first = 0;
        for (int l = 0; l < layers.size(); l++) {
          int count = layers.get(l).all().size();
          layers.get(l).add(found.subList(first, first + count), product, layout.offset(l));
          first += count;
        }
      }
    }

    /** Keeps the graph. */
    private static List<Tensor> gradients(
        List<Tensor> of, List<Tensor> by, List<Tensor> times, boolean differentiable) {
      TensorVector found =
          grad(vector(of), vector(by), vector(times), new BoolOptional(true), differentiable, true);
      List<Tensor> out = new ArrayList<>();
      for (int i = 0; i < by.size(); i++) {
        out.add(found.get(i));
      }
      return out;
    }

    private static TensorVector vector(List<Tensor> tensors) {
      TensorVector vector = new TensorVector();
      tensors.forEach(vector::push_back);
      return vector;
    }
  }
}
