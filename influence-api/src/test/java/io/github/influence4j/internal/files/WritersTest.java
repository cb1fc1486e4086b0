/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** In all modules nothing is written but through {@link AtomicFile}. */
class WritersTest {
  private static final Path ROOT = Path.of("..");

  /**
   * The writer itself, and the loader's cache of native libraries, whose files nobody but their
   * owner may touch: it has rules of its own.
   */
  private static final List<String> ALLOWED =
      List.of("internal/files/", "internal/natives/", "huggingface/text/TokenizerLibrary.java");

  /** All ways of the JDK that make or change a file. */
  private static final Pattern WRITES =
      Pattern.compile(
          "\\bFiles\\s*\\.\\s*(?:write|writeString|newBufferedWriter|newOutputStream|newByteChannel"
              + "|createFile|createTempFile|copy|move|createLink|createSymbolicLink)\\s*\\("
              + "|\\b(?:FileOutputStream|FileWriter|RandomAccessFile|AsynchronousFileChannel"
              + "|FileHandler|FileImageOutputStream|FileCacheImageOutputStream)\\b"
              + "|\\bnew\\s+(?:PrintWriter|PrintStream|Formatter|ZipFile)\\s*\\(\\s*(?:\"|\\w*[pP]ath|"
              + "\\w*[fF]ile)"
              + "|StandardOpenOption\\s*\\.\\s*(?:WRITE|APPEND|CREATE|CREATE_NEW)\\b"
              + "|ImageIO\\s*\\.\\s*write\\s*\\([^;]*\\.toFile\\(\\)");

  private static List<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(ROOT)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> file.toString().contains("src/main/java"))
          .toList();
    }
  }

  @Test
  void allUseTheOneWriter() throws IOException {
    List<Path> sources = sources();
    assertThat(sources).hasSizeGreaterThan(200);
    TreeMap<String, String> others = new TreeMap<>();
    for (Path source : sources) {
      String name = ROOT.relativize(source).toString();
      Matcher write = WRITES.matcher(Files.readString(source));
      if (write.find() && ALLOWED.stream().noneMatch(name::contains)) {
        others.put(name, write.group());
      }
    }
    assertThat(others).as("ways to write that are not AtomicFile").isEmpty();
  }

  @Test
  void theScanSeesWhatItIsFor() {
    for (String code :
        List.of(
            "Files.writeString(report, text)",
            "Files.move(partial, file)",
            "new FileOutputStream(file)",
            "new PrintWriter(\"x\")",
            "FileChannel.open(file, StandardOpenOption.WRITE)")) {
      assertThat(WRITES.matcher(code).find()).as(code).isTrue();
    }
    for (String code :
        List.of(
            "Files.readString(file)",
            "new PrintWriter(System.out, true)",
            "FileChannel.open(file, StandardOpenOption.READ)",
            "Files.createDirectories(folder)")) {
      assertThat(WRITES.matcher(code).find()).as(code).isFalse();
    }
  }
}
