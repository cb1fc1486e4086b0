/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.evaluation.Retraining;
import io.github.influence4j.examples.data.NumberRows;
import io.github.influence4j.examples.digits.Digits;
import io.github.influence4j.solver.Activation;
import io.github.influence4j.solver.FeedForwardOperator;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * What is learned, by which model, and how.
 *
 * @param name one word
 * @param model the shape
 * @param train samples
 * @param queries other samples
 * @param recipe of training
 */
record Task(String name, Perceptron model, Samples train, Samples queries, Recipe recipe) {
  private static final int DIABETES_TRAIN = 353;

  /** Handwritten digits: 64-256-128-10. */
  static Task digits() {
    Digits test = Digits.test();
    Perceptron model =
        new Perceptron(
            List.of(
                LayerSpec.linear("fc1", 64, 256),
                LayerSpec.linear("fc2", 256, 128),
                LayerSpec.linear("fc3", 128, 10)),
            Activation.RELU,
            Head.SOFTMAX);
    Recipe recipe = new Recipe(20, 32, 0.03, 0.9, 1e-3);
    return new Task("digits", model, samples(Digits.train()), samples(test), recipe);
  }

  private static Samples samples(Digits digits) {
    return new Samples(digits.pixels(), Arrays.stream(digits.labels()).asDoubleStream().toArray());
  }

  /** Progression of diabetes: 10-32-16-1, the second layer without bias. */
  static Task diabetes() {
    List<double[]> rows = NumberRows.read(Task.class, "diabetes.csv.gz", 1);
    Perceptron model =
        new Perceptron(
            List.of(
                LayerSpec.linear("fc1", 10, 32),
                LayerSpec.linear("fc2", 32, 16).withoutBias(),
                LayerSpec.linear("fc3", 16, 1)),
            Activation.TANH,
            Head.HALF_SQUARED_ERROR);
    Samples all = standardised(rows);
    Recipe recipe = new Recipe(50, 32, 0.03, 0.9, 1e-3);
    return new Task(
        "diabetes",
        model,
        all.select(range(0, DIABETES_TRAIN)),
        all.select(range(DIABETES_TRAIN, all.size())),
        recipe);
  }

  /** By mean and standard deviation of the training rows; the last column is the target. */
  private static Samples standardised(List<double[]> rows) {
    int columns = rows.get(0).length - 1;
    Samples samples = new Samples(new double[rows.size() * columns], new double[rows.size()]);
    for (int c = 0; c <= columns; c++) {
      int column = c;
      double[] values = rows.stream().mapToDouble(row -> row[column]).toArray();
      double mean = Arrays.stream(values, 0, DIABETES_TRAIN).average().orElseThrow();
      double deviation =
          Math.sqrt(
              Arrays.stream(values, 0, DIABETES_TRAIN)
                  .map(v -> (v - mean) * (v - mean))
                  .average()
                  .orElseThrow());
      for (int r = 0; r < values.length; r++) {
        double value = (values[r] - mean) / deviation;
        if (c < columns) {
          samples.inputs()[r * columns + c] = value;
        } else {
          samples.targets()[r] = value;
        }
      }
    }
    return samples;
  }

  private static int[] range(int from, int to) {
    return IntStream.range(from, to).toArray();
  }

  /** With fewer training samples. */
  Task withTrain(int count) {
    return new Task(
        name, model, train.select(range(0, Math.min(count, train.size()))), queries, recipe);
  }

  /** With fewer queries. */
  Task withQueries(int count) {
    return new Task(
        name, model, train, queries.select(range(0, Math.min(count, queries.size()))), recipe);
  }

  /** The control: labels belong to other inputs. */
  Task withShuffledTargets() {
    int size = train.size();
    double[] targets = new double[size];
    Arrays.setAll(targets, i -> train.targets()[(i + size / 2) % size]); // rows have no order
    return new Task(name, model, new Samples(train.inputs(), targets), queries, recipe);
  }

  /** Models trained on all samples, from different seeds. */
  List<double[]> models(int count) {
    return LongStream.range(0, count)
        .parallel()
        .mapToObj(seed -> recipe.train(model, train, -1 - seed))
        .toList();
  }

  /** Minus each query's loss. */
  double[] measure(double[] weights) {
    Pass pass = Pass.of(model, weights, queries);
    double[] measured = new double[queries.size()];
    Arrays.setAll(measured, q -> -pass.loss(q));
    return measured;
  }

  Retraining retraining() {
    return (subset, seed) -> measure(recipe.train(model, train.select(subset), seed));
  }

  /** In one line. */
  String describe() {
    return name + ", " + recipe + ", " + queries.size() + " queries";
  }

  /** The gradient of one sample's loss by all weights. */
  double[] gradient(double[] weights, Samples samples, int sample) {
    double[] gradient = new double[weights.length];
    Pass.of(model, weights, samples.select(new int[] {sample}))
        .backwardFromLoss()
        .addWeightGradient(gradient);
    return gradient;
  }

  /** Of all queries, [queries, weights]. */
  double[][] queryGradients(double[] weights) {
    double[][] gradients = new double[queries.size()][];
    Arrays.setAll(gradients, q -> gradient(weights, queries, q));
    return gradients;
  }

  /** Scores of preconditioned query gradients with all training gradients, [queries, samples]. */
  double[][] scores(double[] weights, double[][] preconditioned) {
    double[][] scores = new double[preconditioned.length][train.size()];
    for (int m = 0; m < train.size(); m++) {
      double[] gradient = gradient(weights, train, m);
      for (int q = 0; q < scores.length; q++) {
        double sum = 0;
        for (int i = 0; i < gradient.length; i++) {
          sum += gradient[i] * preconditioned[q][i];
        }
        scores[q][m] = sum;
      }
    }
    return scores;
  }

  /** The Gauss-Newton Hessian of a trained model. */
  FeedForwardOperator gaussNewton(double[] weights) {
    return new FeedForwardOperator(
        model.layers(), weights, model.activation(), model.head().curvature(), train.inputs());
  }
}
