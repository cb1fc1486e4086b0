/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.influence4j.capture.CounterRandom;
import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The seeds are fixed: a statistical test that fails now and then would be of no use. */
class PowerLawTailTest {
  private static final int BOOTSTRAPS = 100;

  private static double[] draw(int count, long seed, DoubleUnaryOperator inverse) {
    double[] values = new double[count];
    Arrays.setAll(values, i -> inverse.applyAsDouble(CounterRandom.uniform(seed, 0, i)));
    return values;
  }

  private static double[] powerLaw(int count, long seed, double exponent, double minimum) {
    return draw(count, seed, u -> minimum * Math.pow(u, -1 / (exponent - 1)));
  }

  private static PowerLawTail fit(double[] scores) {
    return PowerLawTail.fit(scores, BOOTSTRAPS, 7).orElseThrow();
  }

  /** Over many draws the errors, in units of the standard error, must spread as they should. */
  @ParameterizedTest
  @ValueSource(doubles = {1.5, 2, 2.5, 3.5})
  void findsTheExponentWithinItsStandardError(double exponent) {
    int draws = 40;
    double squares = 0;
    int implausible = 0;
    for (int seed = 0; seed < draws; seed++) {
      PowerLawTail law =
          PowerLawTail.fit(powerLaw(500, seed, exponent, 3e4), 20, seed).orElseThrow();
      double error = (law.exponent() - exponent) / law.standardError();
      assertThat(Math.abs(error)).as("seed %d, %s", seed, law).isLessThan(4.5);
      squares += error * error / draws;
      implausible += law.pValue() < 0.1 ? 1 : 0;
    }
    // The search for x_min adds to the error of a known x_min, whose mean square would be 1.
    assertThat(squares).isBetween(0.5, 2.0);
    // 4 of 40 are expected; 12 or more have a probability of 3e-4.
    assertThat(implausible).isLessThan(12);
  }

  /** Below the tail the scores may look as they like. */
  @Test
  void findsWhereTheTailBegins() {
    double[] tail = powerLaw(2000, 1, 2.5, 10);
    double[] body = draw(2000, 2, u -> 10 * u);
    double[] against = draw(1000, 3, u -> -50 * u);
    double[] all = Stream.of(tail, body, against).flatMapToDouble(Arrays::stream).toArray();
    PowerLawTail law = fit(all);
    assertThat(law.minimum()).isBetween(8.0, 16.0);
    assertThat(law.exponent()).isCloseTo(2.5, within(3 * law.standardError()));
    assertThat(law.pValue()).isGreaterThan(0.1);
    assertThat(law.count())
        .isEqualTo((int) Arrays.stream(all).filter(x -> x >= law.minimum()).count());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void refutesThePowerLawForExponentialScores(int seed) {
    assertThat(fit(draw(5000, seed, u -> -Math.log(u))).pValue()).isLessThan(0.05);
  }

  /** Maximum likelihood and distance, computed as in the paper, at the x_min that was chosen. */
  @Test
  void agreesWithTheFormulas() {
    double[] scores = powerLaw(300, 9, 2.2, 1e-3);
    PowerLawTail law = fit(scores);
    double[] tail = Arrays.stream(scores).filter(x -> x >= law.minimum()).sorted().toArray();
    double logs = Arrays.stream(tail).map(x -> Math.log(x / law.minimum())).sum();
    assertThat(law.exponent()).isCloseTo(1 + tail.length / logs, within(1e-9));
    assertThat(law.standardError())
        .isCloseTo((law.exponent() - 1) / Math.sqrt(tail.length), within(1e-12));
    double distance =
        IntStream.range(0, tail.length)
            .mapToDouble(
                i -> {
                  double cdf = 1 - Math.pow(tail[i] / law.minimum(), 1 - law.exponent());
                  double n = tail.length;
                  return Math.max(Math.abs(cdf - i / n), Math.abs(cdf - (i + 1) / n));
                })
            .max()
            .orElseThrow();
    assertThat(law.distance()).isCloseTo(distance, within(1e-9));
  }

  @Test
  void dependsOnTheScoresAloneAndTheSeed() {
    double[] scores = powerLaw(400, 4, 2, 1);
    PowerLawTail law = fit(scores);
    double[] shuffled = scores.clone();
    Random random = new Random(1);
    for (int i = shuffled.length - 1; i > 0; i--) {
      int other = random.nextInt(i + 1);
      double swap = shuffled[i];
      shuffled[i] = shuffled[other];
      shuffled[other] = swap;
    }
    assertThat(fit(shuffled)).isEqualTo(law);
    double[] scaled = Arrays.stream(scores).map(x -> 1024 * x).toArray();
    assertThat(fit(scaled).exponent()).isCloseTo(law.exponent(), within(1e-9));
    assertThat(fit(scaled).pValue()).isEqualTo(law.pValue());
  }

  @Test
  void needsEnoughDifferentScores() {
    assertThat(PowerLawTail.fit(new double[0], 10, 1)).isEmpty();
    assertThat(PowerLawTail.fit(powerLaw(49, 1, 2, 1), 10, 1)).isEmpty();
    assertThat(PowerLawTail.fit(powerLaw(50, 1, 2, 1), 10, 1)).isPresent();
    double[] equal = new double[500];
    Arrays.fill(equal, 3);
    assertThat(PowerLawTail.fit(equal, 10, 1)).isEmpty();
    assertThat(PowerLawTail.fit(draw(500, 1, u -> Math.ceil(3 * u)), 10, 1)).isPresent();
  }

  @Test
  void refusesWhatItCannotFit() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PowerLawTail.fit(new double[] {1, Double.NaN}, 10, 1))
        .withMessageContaining("NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> PowerLawTail.fit(new double[] {1}, 0, 1))
        .withMessageContaining("got 0");
  }
}
