/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

/**
 * Passes over a JSON value of any kind, which must be well formed, as the reference implementation
 * does with keys that it does not know.
 */
final class UnusedValue {
  /** Of nested values; the reference allows 127 levels, two of which lie around the value. */
  private static final int MAX_DEPTH = 125;

  private final HeaderTokens tokens;
  private final String what;

  /** What closes the lists and objects that are open. */
  private final StringBuilder open = new StringBuilder();

  private UnusedValue(HeaderTokens tokens, String what) {
    this.tokens = tokens;
    this.what = what;
  }

  static void skip(HeaderTokens tokens, String what) throws InvalidSafetensorsException {
    new UnusedValue(tokens, what).skip();
  }

  private void skip() throws InvalidSafetensorsException {
    do {
      if (tokens.take('[')) {
        open(']');
        if (!tokens.take(']')) {
          continue;
        }
        open.setLength(open.length() - 1);
      } else if (tokens.take('{')) {
        open('}');
        if (!tokens.take('}')) {
          key();
          continue;
        }
        open.setLength(open.length() - 1);
      } else {
        tokens.scalar(what);
      }
      next();
    } while (!open.isEmpty());
  }

  /** After a value: the end of what holds it, and of what holds that, or another value. */
  private void next() throws InvalidSafetensorsException {
    while (!open.isEmpty() && tokens.take(last())) {
      open.setLength(open.length() - 1);
    }
    if (!open.isEmpty()) {
      tokens.expect(',', "in " + what);
      if (last() == '}') {
        key();
      }
    }
  }

  private void open(char end) throws InvalidSafetensorsException {
    open.append(end);
    if (open.length() > MAX_DEPTH) {
      throw tokens.fail("expected " + what + " to be nested at most " + MAX_DEPTH + " deep");
    }
  }

  private char last() {
    return open.charAt(open.length() - 1);
  }

  private void key() throws InvalidSafetensorsException {
    tokens.string("a key in " + what);
    tokens.expect(':', "after a key in " + what);
  }
}
