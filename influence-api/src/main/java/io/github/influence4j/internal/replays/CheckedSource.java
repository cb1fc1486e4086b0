/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.replays;

import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSink;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.IndexedGradients;
import org.jspecify.annotations.Nullable;

/**
 * A source whose first replay is remembered, 32 bytes an example, and whose later replays are
 * refused at the first example that is another one.
 */
public final class CheckedSource implements GradientSource {
  private static final String REMEDY =
      "; every replay must give the same examples in the same order: do not shuffle, switch dropout"
          + " and random augmentation off, and sample labels reproducibly (LabelSampler).";

  private final GradientSource source;
  private final String name;
  private final String examples;
  private final Fingerprints first;

  /** Of each example of this source: its number, and its place in the first replay. */
  private final long @Nullable [] numbers;

  private final int @Nullable [] places;
  private int passes;
  private int expected = -1;

  private CheckedSource(
      GradientSource source,
      String name,
      String examples,
      Fingerprints first,
      long @Nullable [] numbers,
      int @Nullable [] places) {
    this.source = source;
    this.name = name;
    this.examples = examples;
    this.first = first;
    this.numbers = numbers;
    this.places = places;
    this.passes = places == null ? 0 : 1;
  }

  /**
   * Checks a source from now on.
   *
   * @param source is replayed; itself returned if it is checked already
   * @param name what to call it in errors, such as {@code training source}
   * @param examples what to call its examples
   * @return the source to replay instead
   */
  public static CheckedSource of(GradientSource source, String name, String examples) {
    return source instanceof CheckedSource checked
        ? checked
        : new CheckedSource(source, name, examples, new Fingerprints(), null, null);
  }

  /**
   * A source of examples that have numbers.
   *
   * @param source is replayed
   * @param name what to call it in errors
   * @param exampleNumbers of each of its examples
   * @return the source to replay instead
   */
  public static CheckedSource numbered(GradientSource source, String name, long[] exampleNumbers) {
    return new CheckedSource(
        source, name, "examples", new Fingerprints(), exampleNumbers.clone(), null);
  }

  /**
   * A source of some of this one's examples, which must be the same as here.
   *
   * @param some is replayed
   * @param exampleNumbers of each of its examples
   * @param placesHere for each of them which of this source's examples it is
   * @return the source to replay instead
   */
  public CheckedSource subset(GradientSource some, long[] exampleNumbers, int[] placesHere) {
    return new CheckedSource(
        some, name, examples, first, exampleNumbers.clone(), placesHere.clone());
  }

  /**
   * Whether {@link #only} can be asked.
   *
   * @return whether the source gives examples by number
   */
  public boolean indexed() {
    return source instanceof IndexedGradients;
  }

  /**
   * Some examples without the others; they must be the same as in the first replay, which must have
   * been.
   *
   * @param chosen their numbers, ascending
   * @return a source of exactly these
   */
  public GradientSource only(long... chosen) {
    long[] own = new long[chosen.length];
    int[] first = new int[chosen.length];
    for (int i = 0; i < chosen.length; i++) {
      int place = Math.toIntExact(chosen[i]);
      own[i] = numbers == null ? place : numbers[place];
      first[i] = places == null ? place : places[place];
    }
    GradientSource some = ((IndexedGradients) source).examples(chosen.clone());
    return new ExactCount(subset(some, own, first), name, examples, chosen.length);
  }

  @Override
  public void replay(GradientSink sink) {
    Pass pass = new Pass(sink);
    source.replay(pass);
    if (source instanceof IndexedGradients indexed && pass.seen != indexed.examples()) {
      throw new IllegalStateException(
          "The "
              + name
              + " pushed "
              + pass.seen
              + " "
              + examples
              + ", but says it has "
              + indexed.examples()
              + "; IndexedGradients must number what replay pushes.");
    }
    if (expected >= 0 && pass.seen != expected) {
      throw new IllegalStateException(
          "The "
              + name
              + " pushed "
              + pass.seen
              + " "
              + examples
              + " after "
              + expected
              + " in "
              + (name.equals("source") ? "the first" : "an earlier")
              + " replay; replays must give the same examples.");
    }
    expected = pass.seen;
    passes++;
  }

  private final class Pass implements GradientSink {
    private final GradientSink sink;
    private int seen;

    Pass(GradientSink sink) {
      this.sink = sink;
    }

    @Override
    public void accept(GradientBatch batch) {
      Fingerprints.Stamps stamps = first.of(batch);
      for (int e = 0; passes > 0 && e < batch.examples(); e++) {
        check(stamps, e);
      }
      sink.accept(batch);
      if (passes == 0) {
        first.keep(stamps);
      }
      seen = Math.addExact(seen, batch.examples());
    }

    private void check(Fingerprints.Stamps stamps, int e) {
      int example = seen + e;
      int known = places == null ? first.count() : places.length;
      String difference =
          example < known
              ? first.difference(stamps, e, places == null ? example : places[example])
              : null;
      if (difference != null) {
        throw new IllegalStateException(
            "The "
                + name
                + " gave another example "
                + (numbers == null || example >= numbers.length ? example : numbers[example])
                + " in pass "
                + passes
                + " than in pass 0: "
                + difference
                + " are not the same"
                + REMEDY);
      }
    }
  }
}
