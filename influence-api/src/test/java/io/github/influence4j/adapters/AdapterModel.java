/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import io.github.influence4j.capture.Conv1d;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.ModelGradients;
import io.github.influence4j.capture.ModelTaps;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A model with tapped layers in one framework, and the few operations of which the contracts of
 * adapters build forward passes. Numbers are float32 unless they are whole.
 *
 * @param <T> what the framework calls an array
 * @param <O> the adapter's ModelOutput
 */
public interface AdapterModel<T, O> extends AutoCloseable {
  /** What the layers are stated with. */
  ModelTaps<?> taps();

  /** The layers tapped so far. */
  List<LayerSpec> layers();

  /** Taps a linear layer with a bias, in evaluation mode. */
  UnaryOperator<T> linear(String name, int inputs, int outputs);

  /** Taps a convolution with a bias, in evaluation mode, fed [examples, channels, length]. */
  UnaryOperator<T> conv1d(String name, Conv1d geometry, int length);

  /** States that a layer is fed the very array that another is fed. */
  void shareInput(String layer, String owner);

  /** Standard normal numbers. */
  T random(long... shape);

  /** Given numbers, rounded. */
  T of(double[] values, long... shape);

  /** Given numbers as float64. */
  T doubles(double[] values, long... shape);

  /** Whole numbers [rows, columns], as masks. */
  T ids(long[]... rows);

  /** All numbers, row-major. */
  double[] values(T array);

  /** How many examples a batch has: the first size. */
  int examples(T batch);

  /** Some consecutive examples. */
  T range(T data, int first, int count);

  T reshape(T array, long... shape);

  /** The first two dimensions exchanged. */
  T swapped(T array);

  T tanh(T array);

  /** Smaller shapes are broadcast. */
  T plus(T a, T b);

  T times(T array, double factor);

  T square(T array);

  /** Of matrices. */
  T product(T a, T b);

  /** Without the dimension summed over. */
  T sum(T array, int dimension);

  /** The sum of all. */
  T sum(T array);

  /** Without gradient. */
  T detached(T array);

  O regression(T predictions, T targets);

  O classification(T logits, T labels);

  O losses(T losses);

  O summedLoss(T loss, int examples);

  O withMask(O output, T mask, String... layers);

  /** Data seen through a model of the tapped layers. */
  ModelGradients<T> gradients(List<T> batches, Function<T, O> model);

  /** What the framework's own backward pass leaves in all weights of the tapped layers. */
  double[] weightGradients(Function<T, O> model, T batch);

  @Override
  void close();
}
