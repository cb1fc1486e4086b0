/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.io.Serial;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

/** Errors that name the file that was asked for, not the one that is written in its place. */
final class WriteErrors {
  private WriteErrors() {}

  static IOException named(IOException cause, Path file) {
    IOException named =
        cause instanceof ClosedByInterruptException
            ? new Interrupted(file.toString())
            : translate(cause, file.toString());
    named.initCause(cause);
    return named;
  }

  /** With words; the JDK's own has none. */
  private static final class Interrupted extends ClosedByInterruptException {
    @Serial private static final long serialVersionUID = 1L;

    private final String file;

    private Interrupted(String file) {
      this.file = file;
    }

    @Override
    public String getMessage() {
      return file + ": writing was interrupted; what was there before is unchanged";
    }
  }

  private static FileSystemException translate(IOException cause, String file) {
    if (cause instanceof NoSuchFileException) {
      return new NoSuchFileException(file, null, "its folder does not exist");
    }
    if (cause instanceof AccessDeniedException) {
      return new AccessDeniedException(file, null, "its folder cannot be written");
    }
    String reason = cause instanceof FileSystemException e ? e.getReason() : cause.getMessage();
    String text = Objects.requireNonNullElse(reason, cause.getClass().getSimpleName());
    // What rename says of a single file that a container mounts.
    String advice = text.contains("busy") ? "; mount its folder instead of the file alone" : "";
    return new FileSystemException(file, null, text + advice);
  }
}
