/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.adapters;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LabelSampler;
import io.github.influence4j.capture.ModelGradients;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Labels and targets are checked on both paths; classes of probability zero are legal.
 *
 * @param <T> what the framework calls an array
 * @param <O> the adapter's ModelOutput
 */
public abstract class LabelsContractTest<T, O> {
  /** How many classes the model has. */
  protected static final int CLASSES = 5;

  private static final double NONE = Double.NEGATIVE_INFINITY;

  private AdapterModel<T, O> net;
  private UnaryOperator<T> layer;
  private T x;

  /** A model without layers. */
  protected abstract AdapterModel<T, O> model();

  /** Numbers that are no class, of the types that labels may have. */
  protected abstract List<Number> wrongLabels();

  /** Of such types. */
  protected abstract T labels(AdapterModel<T, O> net, Number... labels);

  /** How the framework calls float32. */
  protected abstract String float32();

  @BeforeEach
  void tap() {
    net = model();
    layer = net.linear("fc", 3, CLASSES);
    x = net.random(4, 3);
  }

  @AfterEach
  void close() {
    net.close();
  }

  /** The tapped model. */
  protected final AdapterModel<T, O> net() {
    return net;
  }

  /** Its layer, with 3 inputs. */
  protected final T logits(T input) {
    return layer.apply(input);
  }

  /** Which labels a gradient is of. */
  protected enum Path {
    DATA,
    SAMPLED;

    /** The output gradients of the only layer and batch. */
    <T> double[] outputGradients(ModelGradients<T> gradients) {
      GradientSource source =
          this == DATA ? gradients.dataLabels() : gradients.sampledLabels(new LabelSampler(3));
      double[][] found = new double[1][];
      source.replay(batch -> found[0] = batch.layers().get(0).outputGradients().toDoubles());
      return found[0];
    }
  }

  /** Of one batch. */
  protected final double[] outputGradients(Path path, T input, Function<T, O> model) {
    return path.outputGradients(net.gradients(List.of(input), model));
  }

  private double[] classify(Path path, double[] offsets, Number... labels) {
    T added = net.of(offsets, CLASSES);
    T classes = labels(net, labels);
    return outputGradients(
        path, x, input -> net.classification(net.plus(logits(input), added), classes));
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void labelsThatAreNoClass(Path path) {
    for (Number label : wrongLabels()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> classify(path, new double[CLASSES], 0, 4, label, 1))
          .withMessage(
              "Labels hold "
                  + label
                  + " in row 2, expected whole numbers from 0 to 4, or -100 for rows without a"
                  + " loss.");
    }
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void ignoredRowsHaveNoGradient(Path path) {
    double[] gradients = classify(path, new double[CLASSES], 0, -100, 4, -100);
    for (int row = 0; row < 4; row++) {
      double[] some = Arrays.copyOfRange(gradients, row * CLASSES, (row + 1) * CLASSES);
      assertThat(Arrays.stream(some).anyMatch(g -> g != 0)).isEqualTo(row % 2 == 0);
    }
  }

  /** A padded vocabulary: two classes that the model cannot give. */
  @ParameterizedTest
  @EnumSource(Path.class)
  void classesOfProbabilityZero(Path path) {
    double[] gradients = classify(path, new double[] {0, 0, 0, NONE, NONE}, 0, 1, 2, 0);
    for (int i = 0; i < gradients.length; i++) {
      assertThat(gradients[i]).isFinite();
      assertThat(gradients[i] == 0).isEqualTo(i % CLASSES > 2);
    }
  }

  /** Sequences of length 0, with labels, masks and targets as long. */
  @ParameterizedTest
  @EnumSource(Path.class)
  void examplesWithoutRows(Path path) {
    T none = net.reshape(net.range(x, 0, 0), 2, 0, 3);
    T labels = net.reshape(net.range(net.ids(new long[] {1}), 0, 0), 2, 0);
    T targets = net.reshape(net.range(x, 0, 0), 2, 0, CLASSES);
    List<Function<T, O>> models =
        List.of(
            logits -> net.withMask(net.classification(logits, labels), labels),
            logits -> net.regression(logits, targets));
    for (Function<T, O> model : models) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> outputGradients(path, none, input -> model.apply(logits(input))))
          .withMessageContaining("does not say which of the 2 examples owns which row");
      Function<T, O> stated =
          input -> {
            net.taps().rowsOf("fc");
            return model.apply(logits(input));
          };
      assertThat(outputGradients(path, none, stated)).isEmpty();
    }
  }

  @Test
  void labelsOfProbabilityZero() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classify(Path.DATA, new double[] {0, 0, 0, 0, NONE}, 0, 4, 2, 0))
        .withMessageContaining("Labels hold 4 in row 1, a class whose logit is -Infinity")
        .withMessageContaining("the 5 classes");
    double[] all = {NONE, NONE, NONE, NONE, NONE};
    assertThatIllegalArgumentException()
        .isThrownBy(() -> classify(Path.SAMPLED, all, 0, 4, 2, 0))
        .withMessageContaining("Example 0, row 0: the logits of all 5 classes are -Infinity");
  }

  @ParameterizedTest
  @EnumSource(Path.class)
  void targetsThatAreNoNumbers(Path path) {
    for (double target : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e300}) {
      double[] targets = new double[4 * CLASSES];
      targets[2 * CLASSES + 3] = target;
      T y = net.doubles(targets, 4, CLASSES);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> outputGradients(path, x, input -> net.regression(logits(input), y)))
          .withMessageContaining(
              "in row 2, output 3 of 5, expected finite numbers of type " + float32());
    }
  }
}
