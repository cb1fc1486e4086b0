/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.solver;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A Richardson iteration at work. */
final class RichardsonRun extends SolverRun {
  private static final String X = "x";
  private static final String MOMENTUM = "momentum";
  private static final String FIRST = "first residuals";
  private static final String RATE = "rate";

  /**
   * A residual that grows this much beyond its first, or beyond v, has left for good: mini-batches
   * alone do not lift it so far.
   */
  private static final double DIVERGED = 1e4;

  private final RichardsonSettings settings;
  private final BatchSequence batches;
  private final double[][] x;

  /** Empty without momentum. */
  private final double[][] momentum;

  /** Norm of each right-hand side's first residual; 0 before the first step. */
  private final double[][] first;

  /** α; 0 until it is needed. */
  private final double[][] rate;

  private RichardsonRun(
      RichardsonSettings settings,
      DampedSystem system,
      double[][] rightHandSides,
      @Nullable SolverState state) {
    super(
        settings.fingerprint(),
        settings.preconditioner(),
        system,
        rightHandSides,
        settings.tolerance());
    this.settings = settings;
    this.batches = new BatchSequence(settings.batches(), system.operator().examples());
    int count = rightHandSides.length;
    int size = system.layout().size();
    int moving = settings.lengths().momentum() == 0 ? 0 : count;
    if (state == null) {
      rate = new double[1][1];
      x = begin();
      momentum = new double[moving][size];
      first = new double[count][1];
    } else {
      restore(state);
      rate = state.get(RATE, 1, 1);
      x = state.get(X, count, size);
      momentum = state.get(MOMENTUM, moving, size);
      first = state.get(FIRST, count, 1);
    }
  }

  static RichardsonRun start(
      RichardsonSettings settings, DampedSystem system, double[][] rightHandSides) {
    return new RichardsonRun(settings, system, rightHandSides, null);
  }

  static RichardsonRun resume(
      RichardsonSettings settings,
      DampedSystem system,
      double[][] rightHandSides,
      SolverState state) {
    return new RichardsonRun(settings, system, rightHandSides, state);
  }

  private double rate() {
    if (rate[0][0] == 0) {
      rate[0][0] = findRate();
    }
    return rate[0][0];
  }

  private double findRate() {
    Double given = settings.lengths().learningRate();
    if (given != null) {
      return given;
    }
    LargestEigenvalue search = new LargestEigenvalue(system, preconditioner, batches);
    double largest = search.find();
    tally.passed += search.examples();
    boolean noisy = !settings.batches().whole(system.operator().examples());
    return (noisy ? 1 - settings.lengths().momentum() : 1) / largest;
  }

  private double[][] begin() {
    if (settings.begin() == RichardsonSettings.Begin.ZERO) {
      return new double[rightHandSides.length][system.layout().size()];
    }
    double[][] start = preconditioner.apply(rightHandSides);
    if (settings.begin() == RichardsonSettings.Begin.SCALED) {
      for (double[] vector : start) {
        Vectors.scale(rate(), vector);
      }
    }
    return start;
  }

  @Override
  long limit() {
    return settings.iterations();
  }

  @Override
  void advance(int[] active) {
    double length = rate() / (1 + settings.lengths().decay() * tally.steps);
    long[] examples = batches.at(tally.steps);
    double[][] residuals = system.multiply(examples, x, active);
    double[] lengths = new double[active.length];
    for (int i = 0; i < active.length; i++) {
      Vectors.add(-1, rightHandSides[active[i]], residuals[i]);
      lengths[i] = Vectors.norm(residuals[i]);
      requireBounded(active[i], lengths[i]);
    }
    double[][] steps = preconditioner.apply(residuals);
    tally.count(active, examples == null ? system.operator().examples() : examples.length);
    for (int i = 0; i < active.length; i++) {
      int number = active[i];
      if (first[number][0] == 0) {
        first[number][0] = lengths[i];
      }
      if (examples != null || !converged(number, lengths[i])) {
        Vectors.add(-length, moved(number, steps[i]), x[number]);
      }
    }
  }

  private double[] moved(int number, double[] step) {
    if (momentum.length == 0) {
      return step;
    }
    Vectors.scaleAndAdd(settings.lengths().momentum(), momentum[number], step);
    return momentum[number];
  }

  private void requireBounded(int number, double residual) {
    double most = DIVERGED * Math.max(first[number][0], Vectors.norm(rightHandSides[number]));
    if (!(residual <= most) && first[number][0] > 0) {
      throw new ArithmeticException(
          settings.name()
              + " diverges: the residual of right-hand side "
              + number
              + " has grown from "
              + first[number][0]
              + " to "
              + residual
              + " after "
              + tally.iterations[number]
              + " iterations with a step of "
              + rate[0][0]
              + "; give a smaller one, larger mini-batches or more damping.");
    }
  }

  @Override
  double[][] solutions() {
    return x;
  }

  @Override
  void keep(Map<String, double[][]> numbers) {
    numbers.put(X, x);
    numbers.put(MOMENTUM, momentum);
    numbers.put(FIRST, first);
    numbers.put(RATE, rate);
  }
}
