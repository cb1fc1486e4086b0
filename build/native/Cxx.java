/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The C++ compiler: the flags that all modules share, and the steps it takes part in. */
final class Cxx {
  /** Warnings are errors; nothing is exported that does not say so. */
  static final List<String> STRICT =
      words("-std=c++17 -fPIC -fvisibility=hidden -pthread -Wall -Wextra -Werror");

  /** Stack canaries, checked libc calls. */
  static final List<String> HARDENED =
      words("-fstack-protector-strong -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2");

  /** All relocations are done at load and read-only after it; no executable stack. */
  static final List<String> HARDENED_LINK = words("-Wl,-z,relro,-z,now -Wl,-z,noexecstack");

  /** Whether to test all that CI tests: the profile {@code checks}. */
  static final boolean CHECKS = Boolean.getBoolean("native.checks");

  /**
   * AddressSanitizer and UndefinedBehaviorSanitizer, but for what the first finds as well when
   * memory is touched.
   */
  static final List<String> SANITIZED =
      words(
          "-DINFL_SANITIZED -fno-omit-frame-pointer -fsanitize=address,undefined"
              + " -fno-sanitize=null,object-size -fno-sanitize-recover=all");

  /** AddressSanitizer alone: compiling takes half of the time. */
  static final List<String> ADDRESS_SANITIZED =
      words("-fno-omit-frame-pointer -fsanitize=address");

  private static final Path DATABASE = Path.of("target", "compile_commands.json");

  private final Build build;
  private final String compiler;
  private final List<String> database = new ArrayList<>();

  Cxx(Build build, String purpose) {
    this.build = build;
    this.compiler = System.getProperty("native.cxx", "g++");
    if (!onPath(compiler)) {
      throw new Build.BuildFailure(
          purpose
              + " need the C++ compiler "
              + compiler
              + ", which is not on the PATH (Debian, Ubuntu: apt-get install g++; another compiler:"
              + " -Dnative.cxx=NAME).");
    }
  }

  /** Whether a program can be started, by a name on the PATH or as a file. */
  static boolean onPath(String program) {
    Stream<String> folders = Stream.of(System.getenv("PATH").split(File.pathSeparator));
    return folders.anyMatch(folder -> Files.isExecutable(Path.of(folder).resolve(program)));
  }

  /** Whether this processor has an instruction set, by its name in /proc/cpuinfo. */
  static boolean processorHas(String flag) throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      return lines.anyMatch(line -> (line + " ").contains(" " + flag + " "));
    }
  }

  /** Separates words at spaces. */
  static List<String> words(String text) {
    return text.isBlank() ? List.of() : List.of(text.strip().split(" +"));
  }

  /** Puts lists of words behind each other; {@code parts} are strings, paths, or lists of them. */
  static List<String> line(Object... parts) {
    List<String> line = new ArrayList<>();
    for (Object part : parts) {
      if (part instanceof List<?> list) {
        list.forEach(word -> line.add(word.toString()));
      } else {
        line.add(part.toString());
      }
    }
    return line;
  }

  /** The files of a directory that have an ending, the largest first, as they take longest. */
  static List<Path> sources(Path directory, String ending) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(ending))
          .sorted(
              Comparator.comparing((Path file) -> -file.toFile().length()).thenComparing(f -> f))
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Keeps the directory of the build out of the binary. */
  static String mapped() {
    return "-ffile-prefix-map=" + Path.of("").toAbsolutePath() + "=.";
  }

  /** Compiles a file, whatever its ending. */
  Path object(Path source, Path object, List<String> flags) {
    List<String> command = line(compiler, flags, mapped(), "-x", "c++", "-c", source, "-o", object);
    record(source, object, command);
    build.command(object, List.of(source), line(command, "-MMD", "-MF", object + ".d"));
    return object;
  }

  /** Compiles all files of a directory that have an ending; objects are called like them. */
  List<Path> objects(Path directory, String ending, Path to, List<String> flags) {
    return sources(directory, ending).stream()
        .map(source -> object(source, to.resolve(source.getFileName() + ".o"), flags))
        .toList();
  }

  /** Links a program, or with -shared a library. */
  Path link(
      List<Path> objects, Path output, List<String> flags, List<Path> more, String libraries) {
    List<Path> inputs = new ArrayList<>(objects);
    inputs.addAll(more);
    build.command(output, inputs, line(compiler, flags, "-o", output, objects, words(libraries)));
    return output;
  }

  /** Declares what a program says if all is well. Not run again before something changes. */
  Path passes(Path program, String argument) {
    Path passed = Path.of(program + "-" + argument.replace('!', '-') + ".passed");
    List<String> command = line("./" + program, argument);
    String seed = String.valueOf(System.getenv("SEED"));
    build.step(
        List.of(passed),
        List.of(program),
        line(command, seed),
        () -> {
          String said = Build.run(command);
          Build.print(said);
          Files.writeString(passed, said);
        });
    return passed;
  }

  /** Notes a compilation for editors and analysers. */
  void record(Path source, Path object, List<String> command) {
    String words = command.stream().map(Cxx::quoted).collect(Collectors.joining(", "));
    database.add(
        String.format(
            "{\"directory\": %s, \"file\": %s, \"output\": %s, \"arguments\": [%s]}",
            quoted(Path.of("").toAbsolutePath().toString()),
            quoted(source.toString()),
            quoted(object.toString()),
            words));
  }

  /** Writes compile_commands.json, of everything that was declared. */
  void writeDatabase() throws IOException {
    Files.writeString(DATABASE, "[\n" + String.join(",\n", database) + "\n]\n");
  }

  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
