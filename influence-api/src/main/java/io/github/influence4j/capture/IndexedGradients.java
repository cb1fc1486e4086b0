/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.capture;

import java.util.function.Function;
import java.util.stream.LongStream;

/**
 * A source whose examples can also be had by number, so that the others cost no forward and
 * backward pass. A funnel asks for its candidates, and scoring that looks a second time at the hits
 * of a top-k (exact scores after low rank, row scores) for the hits, instead of replaying the whole
 * training set.
 *
 * <pre>{@code
 * IndexedGradients train =
 *     IndexedGradients.of(texts.size(), numbers -> sink -> {
 *       for (long number : numbers) sink.accept(model.gradients(texts.get((int) number)));
 *     });
 * }</pre>
 */
public interface IndexedGradients extends GradientSource {
  /**
   * Number of examples.
   *
   * @return N; examples are numbered from 0 to N - 1, in the order of {@link #replay}
   */
  long examples();

  /**
   * The gradients of some examples, as {@link #replay} gives them.
   *
   * @param numbers which ones, each once, ascending
   * @return a source of exactly these examples, in this order
   */
  GradientSource examples(long... numbers);

  /** Pushes all examples, in the order of their numbers. */
  @Override
  default void replay(GradientSink sink) {
    examples(LongStream.range(0, examples()).toArray()).replay(sink);
  }

  /**
   * A source from a function.
   *
   * @param examples N
   * @param byNumber gives a source of exactly the examples it is asked for, in that order
   * @return the source
   */
  static IndexedGradients of(long examples, Function<long[], GradientSource> byNumber) {
    return new IndexedGradients() {
      @Override
      public long examples() {
        return examples;
      }

      @Override
      public GradientSource examples(long... numbers) {
        return byNumber.apply(numbers);
      }
    };
  }
}
