/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.evaluation;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;

/**
 * L-BFGS: quasi-Newton steps from the last differences of places and gradients (Nocedal and Wright
 * 2006, "Numerical Optimization", algorithms 7.4 and 7.5), in float64. A step is halved until the
 * value falls; where rounding hides whether it does, until the gradient along the step shrinks.
 */
public final class LimitedMemoryBfgs implements Minimizer {
  private static final int MEMORY = 20;
  private static final int MOST_HALVINGS = 40;

  /** Of the fall that the gradient promises (Armijo). */
  private static final double SUFFICIENT_FALL = 1e-4;

  /** Of the value: differences below may be rounding. */
  private static final double ROUNDING = 1e-6;

  private final int mostSteps;

  /**
   * With a limit.
   *
   * @param mostSteps before it gives up; 1 or more
   */
  public LimitedMemoryBfgs(int mostSteps) {
    this.mostSteps = mostSteps;
  }

  @Override
  public double[] minimize(Differentiable function, double[] start, double tolerance) {
    Place place = Place.at(function, start.clone());
    Deque<Difference> memory = new ArrayDeque<>();
    for (int step = 0; step < mostSteps; step++) {
      if (norm(place.gradient()) <= tolerance) {
        return place.parameters();
      }
      Place next = search(function, place, direction(place.gradient(), memory), memory.isEmpty());
      Difference difference = Difference.between(place, next);
      if (difference.curvature() > 0) {
        memory.addLast(difference);
        if (memory.size() > MEMORY) {
          memory.removeFirst();
        }
      }
      place = next;
    }
    throw new ArithmeticException(
        "L-BFGS: the gradient's norm is "
            + norm(place.gradient())
            + " after "
            + mostSteps
            + " steps, not yet "
            + tolerance
            + "; allow more steps, or raise the damping or the tolerance.");
  }

  /** Where a function was evaluated. */
  private record Place(double[] parameters, double value, double[] gradient) {
    static Place at(Differentiable function, double[] parameters) {
      double[] gradient = new double[parameters.length];
      return new Place(parameters, function.at(parameters, gradient), gradient);
    }

    /** The place some way along a direction. */
    Place along(Differentiable function, double[] direction, double way) {
      double[] to = new double[parameters.length];
      Arrays.setAll(to, i -> parameters[i] + way * direction[i]);
      return at(function, to);
    }
  }

  /** From one place to the next. */
  private record Difference(double[] step, double[] change, double curvature) {
    static Difference between(Place from, Place to) {
      double[] step = minus(to.parameters(), from.parameters());
      double[] change = minus(to.gradient(), from.gradient());
      return new Difference(step, change, dot(step, change));
    }
  }

  /**
   * The two-loop recursion: minus the inverse Hessian, as far as it is known, times the gradient.
   */
  private static double[] direction(double[] gradient, Deque<Difference> memory) {
    double[] out = Arrays.stream(gradient).map(g -> -g).toArray();
    double[] weights = new double[memory.size()];
    int at = memory.size();
    for (Iterator<Difference> newest = memory.descendingIterator(); newest.hasNext(); ) {
      Difference each = newest.next();
      weights[--at] = dot(each.step(), out) / each.curvature();
      add(out, -weights[at], each.change());
    }
    if (!memory.isEmpty()) {
      Difference last = memory.getLast();
      double scale = last.curvature() / dot(last.change(), last.change());
      Arrays.setAll(out, i -> out[i] * scale);
    }
    for (Difference each : memory) {
      add(out, weights[at++] - dot(each.change(), out) / each.curvature(), each.step());
    }
    return out;
  }

  private static Place search(
      Differentiable function, Place from, double[] direction, boolean first) {
    double slope = dot(from.gradient(), direction);
    double way = first ? Math.min(1, 1 / norm(direction)) : 1;
    for (int halving = 0; halving < MOST_HALVINGS; halving++) {
      Place to = from.along(function, direction, way);
      double fall = from.value() - to.value();
      boolean hidden = Math.abs(fall) <= ROUNDING * Math.abs(from.value());
      if (fall >= -SUFFICIENT_FALL * way * slope
          || (hidden && Math.abs(dot(to.gradient(), direction)) < -slope)) {
        return to;
      }
      way /= 2;
    }
    throw new ArithmeticException(
        "L-BFGS: no step makes the value fall below "
            + from.value()
            + ", where the gradient's norm is "
            + norm(from.gradient())
            + "; check the gradient, or raise the tolerance.");
  }

  private static double[] minus(double[] a, double[] b) {
    double[] out = new double[a.length];
    Arrays.setAll(out, i -> a[i] - b[i]);
    return out;
  }

  private static void add(double[] to, double factor, double[] summand) {
    for (int i = 0; i < to.length; i++) {
      to[i] += factor * summand[i];
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  private static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }
}
