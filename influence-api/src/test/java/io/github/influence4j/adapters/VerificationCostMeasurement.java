/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import io.github.influence4j.capture.GradientSource;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * By how much the pass that verifies the owners of rows lengthens captures, in CPU time of the
 * process: of a model with the linear layers of a transformer, once with the layout stated, once
 * without a word. Run by {@code -Dinfluence4j.measure=true}; docs/adapters.md has the numbers.
 *
 * @param <T> what the framework calls an array
 * @param <O> the adapter's ModelOutput
 */
public abstract class VerificationCostMeasurement<T, O> {
  private static final int PAIRS = 6;
  private static final int BATCHES = 4;

  /** A model without layers, always with the same numbers. */
  protected abstract AdapterModel<T, O> model();

  // Here, as the condition of a class does not hold for those that extend it.
  @EnabledIfSystemProperty(named = "influence4j.measure", matches = "true")
  @ParameterizedTest
  @CsvSource({"2, 64, 32, 8", "4, 256, 128, 8"})
  void cost(int blocks, int width, int rows, int examples) {
    try (AdapterModel<T, O> stated = model();
        AdapterModel<T, O> unstated = model()) {
      GradientSource cheap = source(stated, blocks, width, rows, examples);
      stated.taps().examplesFirst();
      GradientSource dear = source(unstated, blocks, width, rows, examples);
      int times = Math.max(1, 256 / width * 128 / rows);
      seconds(cheap, times);
      seconds(dear, times);
      double[] more =
          IntStream.range(0, PAIRS)
              .mapToDouble(pair -> 100 * (seconds(dear, times) / seconds(cheap, times) - 1))
              .sorted()
              .toArray();
      System.out.printf(
          Locale.ROOT,
          "%d blocks of width %d, %d rows, batches of %d: verifying takes %+.0f to %+.0f %% more CPU"
              + " time, %s%n",
          blocks,
          width,
          rows,
          examples,
          more[0],
          more[PAIRS - 1],
          Arrays.toString(Arrays.stream(more).mapToLong(Math::round).toArray()));
    }
  }

  private GradientSource source(
      AdapterModel<T, O> net, int blocks, int width, int rows, int examples) {
    UnaryOperator<T> all = UnaryOperator.identity();
    for (int b = 0; b < blocks; b++) {
      UnaryOperator<T> below = all;
      UnaryOperator<T> block = block(net, "block" + b + ".", width);
      all = x -> block.apply(below.apply(x));
    }
    UnaryOperator<T> model = all;
    List<T> batches = new ArrayList<>();
    for (int i = 0; i < BATCHES; i++) {
      batches.add(net.random(examples, rows, width));
    }
    Function<T, O> output = x -> net.regression(model.apply(x), x);
    return net.gradients(batches, output).dataLabels();
  }

  /** The layers of a block, joined by sums. */
  private static <T> UnaryOperator<T> block(AdapterModel<T, ?> net, String name, int width) {
    UnaryOperator<T> q = net.linear(name + "q", width, width);
    UnaryOperator<T> k = net.linear(name + "k", width, width);
    UnaryOperator<T> v = net.linear(name + "v", width, width);
    UnaryOperator<T> projection = net.linear(name + "projection", width, width);
    UnaryOperator<T> up = net.linear(name + "up", width, 4 * width);
    UnaryOperator<T> down = net.linear(name + "down", 4 * width, width);
    return x -> {
      T mixed = net.plus(net.plus(q.apply(x), k.apply(x)), v.apply(x));
      T y = net.plus(x, net.tanh(projection.apply(net.tanh(mixed))));
      return net.tanh(net.plus(y, down.apply(net.tanh(up.apply(y)))));
    };
  }

  private static double seconds(GradientSource source, int times) {
    com.sun.management.OperatingSystemMXBean machine =
        ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    long before = machine.getProcessCpuTime();
    for (int i = 0; i < times; i++) {
      source.replay(batch -> {});
    }
    return (machine.getProcessCpuTime() - before) * 1e-9;
  }
}
