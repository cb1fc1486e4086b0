/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;

/**
 * Reads the tokens of a safetensors header, which is JSON in UTF-8. Nothing is recursive: the
 * format has a fixed nesting, {@link SafetensorsHeader} asks for what must come next, and {@link
 * UnusedValue} passes over what nobody knows.
 */
final class HeaderTokens {
  private static final int ESCAPED_UNIT_DIGITS = 4;

  /** As JSON writes them; possessive, so that matching needs no deep stack. */
  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*+)(\\.[0-9]++)?([eE][+-]?[0-9]++)?");

  private final Path file;
  private final byte[] bytes;
  private int next;

  HeaderTokens(Path file, byte[] bytes) {
    this.file = file;
    this.bytes = bytes;
  }

  /** Takes the character if it comes next. */
  boolean take(char expected) {
    skipSpace();
    if (next < bytes.length && bytes[next] == expected) {
      next++;
      return true;
    }
    return false;
  }

  void expect(char expected, String where) throws InvalidSafetensorsException {
    if (!take(expected)) {
      throw unexpected("'" + expected + "' " + where);
    }
  }

  void expectEnd() throws InvalidSafetensorsException {
    skipSpace();
    if (next < bytes.length) {
      throw unexpected("nothing but spaces after the header's last '}'");
    }
  }

  /** A string. */
  String string(String what) throws InvalidSafetensorsException {
    skipSpace();
    if (next >= bytes.length || bytes[next] != '"') {
      throw unexpected(what + " as a string");
    }
    int start = ++next;
    boolean escaped = false;
    while (next < bytes.length && bytes[next] != '"') {
      if (bytes[next] >= 0 && bytes[next] < ' ') {
        throw unexpected("no control character in a string");
      }
      if (bytes[next] == '\\') {
        escaped = true;
        next++;
      }
      next++;
    }
    if (next >= bytes.length) {
      next = bytes.length;
      throw unexpected("the closing '\"' of a string");
    }
    String raw = decode(start, next);
    String text = escaped ? unescape(raw, start) : raw;
    next++;
    return text;
  }

  private String decode(int start, int end) throws InvalidSafetensorsException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(bytes, start, end - start))
          .toString();
    } catch (CharacterCodingException e) {
      InvalidSafetensorsException invalid =
          fail("the string at header byte " + start + " is no valid UTF-8");
      invalid.initCause(e);
      throw invalid;
    }
  }

  private String unescape(String raw, int start) throws InvalidSafetensorsException {
    StringBuilder out = new StringBuilder(raw.length());
    int i = 0;
    while (i < raw.length()) {
      char c = raw.charAt(i++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char kind = raw.charAt(i++);
      int plain = "\"\\/bfnrt".indexOf(kind);
      if (plain >= 0) {
        out.append("\"\\/\b\f\n\r\t".charAt(plain));
      } else if (kind == 'u' && i + ESCAPED_UNIT_DIGITS <= raw.length()) {
        out.append(unit(raw.substring(i, i + ESCAPED_UNIT_DIGITS), start));
        i += ESCAPED_UNIT_DIGITS;
      } else {
        throw fail("the string at header byte " + start + " has an unknown escape");
      }
    }
    requirePairedSurrogates(out, start);
    return out.toString();
  }

  private char unit(String digits, int start) throws InvalidSafetensorsException {
    int value = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(i) < 128 ? Character.digit(digits.charAt(i), 16) : -1;
      if (digit < 0) {
        throw fail("the string at header byte " + start + " has an unknown escape");
      }
      value = value * 16 + digit;
    }
    return (char) value;
  }

  private void requirePairedSurrogates(CharSequence text, int start)
      throws InvalidSafetensorsException {
    if (text.codePoints()
        .anyMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
      throw fail("the string at header byte " + start + " has half a surrogate pair");
    }
  }

  /** An integer from 0 to 2^63-1. */
  long number(String what) throws InvalidSafetensorsException {
    skipSpace();
    int start = next;
    long value = 0;
    while (next < bytes.length && bytes[next] >= '0' && bytes[next] <= '9') {
      int digit = bytes[next] - '0';
      if (value > (Long.MAX_VALUE - digit) / 10) {
        throw fail(what + " is larger than 2^63-1");
      }
      value = value * 10 + digit;
      next++;
    }
    if (next == start || endsInFraction()) {
      throw unexpected(what + " as an integer that is not negative");
    }
    if (bytes[start] == '0' && next > start + 1) {
      next = start;
      throw unexpected(what + " without leading zeros");
    }
    return value;
  }

  /** Passes over a string, a number, true, false or null. */
  void scalar(String what) throws InvalidSafetensorsException {
    skipSpace();
    if (next < bytes.length && bytes[next] == '"') {
      string(what);
    } else if (next < bytes.length && (bytes[next] == '-' || digit(bytes[next]))) {
      realNumber(what);
    } else if (!(literal("true") || literal("false") || literal("null"))) {
      throw unexpected(what);
    }
  }

  /** A literal, if it comes next. */
  boolean literal(String text) {
    skipSpace();
    byte[] expected = text.getBytes(StandardCharsets.US_ASCII);
    int end = Math.min(next + expected.length, bytes.length);
    if (!Arrays.equals(bytes, next, end, expected, 0, expected.length)) {
      return false;
    }
    next = end;
    return true;
  }

  private static boolean digit(byte b) {
    return b >= '0' && b <= '9';
  }

  private void realNumber(String what) throws InvalidSafetensorsException {
    int end = next;
    while (end < bytes.length && (digit(bytes[end]) || "+-.eE".indexOf(bytes[end]) >= 0)) {
      end++;
    }
    String text = new String(bytes, next, end - next, StandardCharsets.US_ASCII);
    if (!NUMBER.matcher(text).matches() || Double.isInfinite(Double.parseDouble(text))) {
      throw unexpected(what + " as a number in the range of float64");
    }
    next = end;
  }

  private boolean endsInFraction() {
    return next < bytes.length && (bytes[next] == '.' || bytes[next] == 'e' || bytes[next] == 'E');
  }

  private void skipSpace() {
    while (next < bytes.length
        && (bytes[next] == ' '
            || bytes[next] == '\n'
            || bytes[next] == '\r'
            || bytes[next] == '\t')) {
      next++;
    }
  }

  private InvalidSafetensorsException unexpected(String expected) {
    String found =
        next >= bytes.length
            ? "the header ends"
            : "found " + InvalidSafetensorsException.quoted("" + (char) (bytes[next] & 0xff));
    return fail("expected " + expected + " at header byte " + next + ", but " + found);
  }

  InvalidSafetensorsException fail(String problem) {
    return new InvalidSafetensorsException(file, problem + ".");
  }
}
