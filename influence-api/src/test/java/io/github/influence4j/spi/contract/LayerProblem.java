/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.spi.contract;

import io.github.influence4j.capture.ElementType;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.QueryFactors;
import io.github.influence4j.spi.Rotation;
import io.github.influence4j.testing.Matrix;
import io.github.influence4j.testing.SeededRandom;
import io.github.influence4j.testing.Session;
import io.github.influence4j.testing.TestExamples;
import io.github.influence4j.testing.TestRows;
import io.github.influence4j.testing.TestRows.Form;
import io.github.influence4j.testing.TestRows.Layout;
import io.github.influence4j.testing.TestRows.Storage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * One layer with random examples, an eigenbasis, weights and queries.
 *
 * @param name what it is, for messages
 * @param examples training examples
 * @param activationBlocks Q_A, block by block; none is the identity
 * @param gradientBlocks Q_S, block by block
 * @param weights [P, M], positive
 * @param queries [Q, P, M]
 * @param left [Q, P, R]
 * @param right [Q, M, R]
 */
record LayerProblem(
    String name,
    TestExamples examples,
    List<Matrix> activationBlocks,
    List<Matrix> gradientBlocks,
    double[] weights,
    double[] queries,
    double[] left,
    double[] right) {
  static final int QUERIES = 3;
  static final int RANK = 2;

  /** Sizes at which vector loops, tiles and unrolled loops have rests. */
  private static final int[] SIZES = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100};

  private static final int[] LONGEST = {1, 2, 5, 12, 40};

  /**
   * Every size on both sides, every pair of element type, storage and layout, and one large layer.
   */
  static List<LayerProblem> all() {
    List<LayerProblem> out = new ArrayList<>();
    for (int i = 0; i < 2 * SIZES.length; i++) {
      int outputs = SIZES[i % SIZES.length];
      int inputs = SIZES[(7 * i + i / SIZES.length * 4 + 2) % SIZES.length];
      int examples = 1 + 5 * i % 9;
      out.add(of(i, outputs, inputs, i % 3 == 0, examples, LONGEST[i % LONGEST.length], i % 4));
    }
    out.add(of(out.size(), 130, 256, true, 5, 40, 1));
    return out;
  }

  static LayerProblem of(
      int number, int outputs, int inputs, boolean bias, int examples, int longest, int blocks) {
    Form forActivations = form(number);
    Form forGradients = form(number + 5);
    String name =
        "%d: P=%d M=%d%s N=%d T<=%d blocks=%d %s %s"
            .formatted(
                number,
                outputs,
                inputs,
                bias ? "+1" : "",
                examples,
                longest,
                blocks,
                forActivations,
                forGradients);
    Random random = SeededRandom.at("LayerProblem", number, outputs, inputs, examples, longest);
    int[] offsets = TestExamples.lengths(random, examples, longest);
    int rows = offsets[examples];
    TestExamples data =
        new TestExamples(
            TestRows.gaussian(random, rows, inputs, bias, forActivations),
            TestRows.gaussian(random, rows, outputs, false, forGradients),
            offsets);
    int size = outputs * data.inputs();
    double[] weights = new double[size];
    Arrays.setAll(weights, k -> 0.1 + 10 * random.nextDouble());
    return new LayerProblem(
        name,
        data,
        basis(random, data.inputs(), blocks),
        basis(random, outputs, blocks),
        weights,
        SeededRandom.gaussians(random, QUERIES * size),
        SeededRandom.gaussians(random, QUERIES * outputs * RANK),
        SeededRandom.gaussians(random, QUERIES * data.inputs() * RANK));
  }

  private static Form form(int number) {
    ElementType[] types = ElementType.values();
    Storage[] storages = Storage.values();
    Layout[] layouts = Layout.values();
    return new Form(
        types[number % types.length],
        storages[(number + number / 4) % storages.length],
        layouts[number % layouts.length]);
  }

  private static List<Matrix> basis(Random random, int dimension, int blocks) {
    List<Matrix> out = new ArrayList<>();
    int count = Math.min(blocks, dimension);
    for (int b = 0; b < count; b++) {
      int size = dimension * (b + 1) / count - dimension * b / count;
      out.add(Matrix.orthonormal(random, size));
    }
    return out;
  }

  int outputs() {
    return examples.outputs();
  }

  int inputs() {
    return examples.inputs();
  }

  int size() {
    return outputs() * inputs();
  }

  /** The same with other examples. */
  LayerProblem with(TestExamples others) {
    return new LayerProblem(
        name, others, activationBlocks, gradientBlocks, weights, queries, left, right);
  }

  /** The same with examples in plain arrays of doubles. */
  LayerProblem plain() {
    return with(examples.plain());
  }

  /** The same with other weights. */
  LayerProblem withWeights(double[] others) {
    return new LayerProblem(
        name, examples, activationBlocks, gradientBlocks, others, queries, left, right);
  }

  /** Q_A as one matrix. */
  Matrix activationBasis() {
    return dense(activationBlocks, inputs());
  }

  /** Q_S as one matrix. */
  Matrix gradientBasis() {
    return dense(gradientBlocks, outputs());
  }

  private static Matrix dense(List<Matrix> blocks, int dimension) {
    return blocks.isEmpty() ? Matrix.identity(dimension) : Matrix.blockDiagonal(blocks);
  }

  Rotation rotation(Session session) {
    return session.rotation(outputs(), gradientBlocks, inputs(), activationBlocks);
  }

  BackendTensor weights(Session session) {
    return session.upload(weights, outputs(), inputs());
  }

  QueryFactors.Dense dense(Session session) {
    return new QueryFactors.Dense(session.upload(queries, QUERIES, outputs(), inputs()));
  }

  QueryFactors.LowRank lowRank(Session session) {
    return new QueryFactors.LowRank(
        session.upload(left, QUERIES, outputs(), RANK),
        session.upload(right, QUERIES, inputs(), RANK),
        new double[QUERIES]);
  }

  Matrix query(int q) {
    return new Matrix(
        outputs(), inputs(), Arrays.copyOfRange(queries, q * size(), (q + 1) * size()));
  }

  Matrix lowRankQuery(int q) {
    int p = outputs() * RANK;
    int m = inputs() * RANK;
    return new Matrix(outputs(), RANK, Arrays.copyOfRange(left, q * p, (q + 1) * p))
        .times(
            new Matrix(inputs(), RANK, Arrays.copyOfRange(right, q * m, (q + 1) * m)).transposed());
  }

  /** A matrix of rank 1. */
  Matrix rowQuery() {
    return examples.rowGradient(0);
  }

  @Override
  public String toString() {
    return name;
  }
}
