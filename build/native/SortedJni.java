/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Sorts the functions of JNI sources that JavaCPP generated, and the members in their tables of
 * offsets, in place.
 *
 * <p>JavaCPP writes both in the order of {@code Class.getDeclaredMethods}, which differs from one
 * run of a JVM to the next, and so would the library. A function depends on what is declared before
 * it, not on other functions, so all of them may come last.
 *
 * <p>Run by the build as {@code java SortedJni.java DIRECTORY}.
 */
final class SortedJni {
  private SortedJni() {}

  public static void main(String[] arguments) throws IOException {
    List<Path> sources;
    try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
      sources = files.filter(file -> file.toString().endsWith(".cpp")).toList();
    }
    for (Path source : sources) {
      Files.write(source, sorted(Files.readAllLines(source)));
    }
  }

  static List<String> sorted(List<String> lines) {
    List<String> others = new ArrayList<>();
    List<String> functions = new ArrayList<>();
    int place = -1;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.startsWith("JNIEXPORT ") || !line.contains(" JNICALL Java_")) {
        others.add(withSortedMembers(line));
        continue;
      }
      StringBuilder function = new StringBuilder(line);
      if (!line.endsWith(";")) {
        do {
          i++;
          function.append('\n').append(lines.get(i));
        } while (!lines.get(i).equals("}"));
      }
      functions.add(function.toString());
      place = others.size();
    }
    functions.sort(null);
    others.addAll(place < 0 ? others.size() : place, functions);
    return others;
  }

  /** A row of the table of names, or of that of offsets: both are sorted by the name. */
  private static String withSortedMembers(String line) {
    String row = line.strip();
    if (!row.startsWith("{ \"sizeof\", ") && !row.startsWith("{ sizeof(")) {
      return line;
    }
    int end = line.indexOf(" }");
    List<String> members =
        new ArrayList<>(List.of(line.substring(0, end).split(", (?=\"|offsetof\\()")));
    members.subList(1, members.size()).sort(null);
    return String.join(", ", members) + line.substring(end);
  }
}
