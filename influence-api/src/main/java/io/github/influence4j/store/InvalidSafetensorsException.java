/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.store;

import java.io.IOException;
import java.io.Serial;
import java.nio.file.Path;

/**
 * A file is no valid safetensors file, or not the kind of file it was opened as. The text names the
 * file and, where there is one, the tensor, and says what was expected and what was found.
 */
public final class InvalidSafetensorsException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  private static final int SHOWN = 200;

  InvalidSafetensorsException(Path file, String problem) {
    super("File \"" + file + "\": " + problem);
  }

  /** Text from a file for a message: shortened, and with control characters replaced. */
  static String quoted(String text) {
    String shown = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    StringBuilder out = new StringBuilder("\"");
    shown.codePoints().forEach(c -> out.appendCodePoint(printable(c) ? c : '?'));
    return out.append('"').toString();
  }

  private static boolean printable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          false;
      default -> true;
    };
  }
}
