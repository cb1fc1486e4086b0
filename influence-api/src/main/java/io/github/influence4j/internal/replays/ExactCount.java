/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import java.util.Locale;

/**
 * A source that must push as many examples as it was asked for.
 *
 * @param source is replayed
 * @param name what to call it in errors
 * @param examples what to call its examples
 * @param count how many were asked for
 */
record ExactCount(GradientSource source, String name, String examples, int count)
    implements GradientSource {
  @Override
  public void replay(GradientSink sink) {
    Pass pass = new Pass(sink);
    source.replay(pass);
    require(pass.seen == count, pass.seen);
  }

  private void require(boolean condition, int seen) {
    if (!condition) {
      throw new IllegalStateException(
          String.format(
              Locale.ROOT,
              "The %s pushed %d %s where %d were asked for; IndexedGradients.examples(numbers) must"
                  + " give exactly these.",
              name,
              seen,
              examples,
              count));
    }
  }

  private final class Pass implements GradientSink {
    private final GradientSink sink;
    private int seen;

    Pass(GradientSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(GradientBatch batch) {
      seen = Math.addExact(seen, batch.examples());
      require(seen <= count, seen);
      sink.accept(batch);
    }
  }
}
