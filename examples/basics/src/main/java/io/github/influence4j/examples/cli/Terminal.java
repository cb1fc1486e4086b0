/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.cli;

import io.github.influence4j.internal.text.VisibleText;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.Arrays;
import java.util.Locale;

/**
 * Where all output of the examples goes. Names, texts and messages may hold anything; none of it
 * commands the terminal:
 *
 * <ul>
 *   <li>In {@link #printf} the text of an argument stays on its line: all that cannot be seen, line
 *       breaks included, is written as {@code \n} or {@code \u001b}.
 *   <li>Numbers are written alike everywhere, as programs and people expect who compare them.
 *   <li>Of everything else that is printed, only visible characters, line breaks and tabs are let
 *       through.
 * </ul>
 */
public final class Terminal extends PrintWriter {
  private final PrintWriter screen;

  private Terminal(PrintWriter screen) {
    super(new VisibleWriter(screen), true);
    this.screen = screen;
  }

  /**
   * A terminal.
   *
   * @param out where the characters go
   * @return {@code out} itself if it is one
   */
  public static Terminal of(PrintWriter out) {
    return out instanceof Terminal terminal ? terminal : new Terminal(out);
  }

  /**
   * Draws over the line that the cursor is in, which only a screen can do.
   *
   * @param line what to show, without line breaks
   */
  public void redraw(String line) {
    flush();
    screen.print("\r" + VisibleText.line(line));
    screen.flush();
  }

  @Override
  public PrintWriter format(Locale locale, String format, Object... arguments) {
    return super.format(locale, format, Arrays.stream(arguments).map(Terminal::shown).toArray());
  }

  @Override
  public PrintWriter format(String format, Object... arguments) {
    return format(Locale.ROOT, format, arguments);
  }

  /** Numbers are for the format, all else is text. */
  private static Object shown(Object argument) {
    return argument instanceof Number || argument instanceof Boolean
        ? argument
        : VisibleText.line(String.valueOf(argument));
  }

  /**
   * Lets through what can be seen. A surrogate pair, and a line break of two, may come in parts.
   */
  private static final class VisibleWriter extends FilterWriter {
    private static final char NONE = 0;

    /** The first half of a surrogate pair, or a carriage return. */
    private char held = NONE;

    private VisibleWriter(Writer out) {
      super(out);
    }

    @Override
    public void write(int c) throws IOException {
      write(Character.toString((char) c), 0, 1);
    }

    @Override
    public void write(char[] buffer, int offset, int length) throws IOException {
      write(new String(buffer, offset, length), 0, length);
    }

    @Override
    public void write(String text, int offset, int length) throws IOException {
      StringBuilder shown = new StringBuilder(length);
      for (int i = offset; i < offset + length; i++) {
        append(shown, text.charAt(i));
      }
      out.write(shown.toString());
    }

    private void append(StringBuilder shown, char c) {
      char first = held;
      held = NONE;
      if (first == '\r' && c == '\n') {
        shown.append("\r\n");
        return;
      }
      if (first != NONE && Character.isSurrogatePair(first, c)) {
        appendWhole(shown, Character.toCodePoint(first, c));
        return;
      }
      if (first != NONE) {
        appendWhole(shown, first);
      }
      if (c == '\r' || Character.isHighSurrogate(c)) {
        held = c;
      } else {
        appendWhole(shown, c);
      }
    }

    private static void appendWhole(StringBuilder shown, int c) {
      if (c == '\n' || c == '\t' || VisibleText.isVisible(c)) {
        shown.appendCodePoint(c);
      } else {
        shown.append(VisibleText.escape(c));
      }
    }

    @Override
    public void close() throws IOException {
      if (held != NONE) {
        out.write(VisibleText.escape(held));
        held = NONE;
      }
      super.close();
    }
  }
}
