/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.lm.attribute;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.github.influence4j.huggingface.LanguageModel;
import io.github.influence4j.huggingface.TokenSequence;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Looks for a matrix that lies in its file the wrong way round: with its numbers in the other order
 * the model predicts some text better, better also than without the matrix. In a sound model the
 * other order is noise, and noise helps no prediction.
 *
 * <p>Each matrix costs two or three runs over the text, which end as soon as it is clear that they
 * do harm. The model is afterwards what it was before.
 */
final class MatrixCheck {
  /** Standard errors from which a gain is believed. */
  private static final double GAIN = -4;

  /** Standard errors of a loss that ends a run, and tokens it needs at least. */
  private static final double HARM = 3;

  private static final int LEAST = 256;

  private final LanguageModel model;
  private final List<TokenSequence> text;
  private final List<double[]> asItIs;
  private long tokens;

  /**
   * What a matrix does to the text.
   *
   * @param tensor its name in the files
   * @param transposed whether it lies the wrong way round; else it does harm where it is
   * @param gain nats a token that the loss falls with the numbers in the other order, or without
   *     the matrix
   */
  record Finding(String tensor, boolean transposed, double gain) {
    @Override
    public String toString() {
      return String.format(Locale.ROOT, "%s (%.3f nats a token)", tensor, gain);
    }
  }

  /**
   * A check.
   *
   * @param model to look at
   * @param text that it is to predict
   * @param asItIs its losses, token by token
   */
  MatrixCheck(LanguageModel model, List<TokenSequence> text, List<double[]> asItIs) {
    this.model = model;
    this.text = text;
    this.asItIs = asItIs;
  }

  /** How many there are. */
  int matrices() {
    return matrices(model).size();
  }

  /** Tokens that ran through the model so far. */
  long tokens() {
    return tokens;
  }

  /**
   * Looks at all matrices.
   *
   * @param progress told how many are done
   * @return those that are conspicuous
   */
  List<Finding> run(LongConsumer progress) {
    List<Finding> out = new ArrayList<>();
    long done = 0;
    for (Map.Entry<String, Tensor> entry : matrices(model).entrySet()) {
      Tensor kept = entry.getValue().clone();
      try (Tensor before = kept) {
        Finding found = check(entry.getKey(), entry.getValue(), before);
        if (found != null) {
          out.add(found);
        }
      }
      progress.accept(++done);
    }
    return out;
  }

  /** Matrices by name: what has two dimensions, none of them 1. */
  private static Map<String, Tensor> matrices(LanguageModel model) {
    Map<String, Tensor> out = new LinkedHashMap<>();
    model
        .tensors()
        .forEach(
            (name, tensor) -> {
              if (tensor.dim() == 2 && tensor.size(0) > 1 && tensor.size(1) > 1) {
                out.put(name, tensor);
              }
            });
    return out;
  }

  private @Nullable Finding check(String name, Tensor matrix, Tensor kept) {
    boolean square = kept.size(0) == kept.size(1);
    List<double[]> best = null;
    double gain = 0;
    try {
      for (boolean rowsFirst : square ? new boolean[] {true} : new boolean[] {true, false}) {
        set(matrix, () -> otherOrder(kept, rowsFirst));
        List<double[]> now = new ArrayList<>();
        Differences change = run(asItIs, now);
        if (change.errors() < GAIN && change.mean() < -gain) {
          best = now;
          gain = -change.mean();
        }
      }
      set(matrix, () -> zeros_like(kept));
      Differences without = run(best == null ? asItIs : best, new ArrayList<>());
      if (best != null) {
        return new Finding(name, without.errors() > HARM, gain);
      }
      return without.errors() < GAIN ? new Finding(name, false, -without.mean()) : null;
    } finally {
      set(matrix, () -> kept);
    }
  }

  /** Puts the numbers of a matrix into the order of its transpose, or back. */
  private static Tensor otherOrder(Tensor matrix, boolean rowsFirst) {
    return rowsFirst
        ? matrix.reshape(matrix.size(1), matrix.size(0)).t()
        : matrix.t().reshape(matrix.size(0), matrix.size(1));
  }

  @SuppressWarnings("try") // scopes are guards
  private static void set(Tensor matrix, Supplier<Tensor> values) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      matrix.copy_(values.get());
    }
  }

  /** How the losses differ from others; ends where they are clearly higher. */
  private Differences run(List<double[]> than, List<double[]> losses) {
    Differences out = new Differences();
    for (int i = 0; i < text.size(); i++) {
      double[] now = Losses.of(model, text.get(i));
      tokens += text.get(i).length() - 1;
      losses.add(now);
      out.add(now, than.get(i));
      if (out.count() >= LEAST && out.errors() > HARM) {
        break;
      }
    }
    return out;
  }
}
