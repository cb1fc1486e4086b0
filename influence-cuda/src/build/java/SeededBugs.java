/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Puts each of the bugs of src/test/cpp/seeded-bugs.txt into a copy of the kernels and runs their
 * tests: on the emulator, and if that finds nothing on the PTX that nvcc makes of the copy. One of
 * them has to fail.
 *
 * <p>After a build, in the folder of the module: {@code java -cp target/native-build SeededBugs
 * [NAME...]}, for all bugs or those whose name contains a word.
 */
final class SeededBugs {
  /**
   * A bug.
   *
   * @param file of the kernels that has it
   * @param tests the file of tests that includes it
   * @param chosen a part of the names of the tests to run
   */
  private record Bug(
      String name,
      String file,
      String tests,
      String chosen,
      List<String> before,
      List<String> after) {}

  private static final Path LIST = EmulatedKernels.TESTS.resolve("seeded-bugs.txt");
  private static final Path FOLDER = Path.of("target", "seeded-bugs");
  private static final int MINUTES = 5;

  private final List<String> testFlags;
  private final String nvcc;

  private SeededBugs() throws IOException, InterruptedException {
    Build build = new Build();
    testFlags = new EmulatedKernels(build, new Cxx(build, "The seeded bugs")).testFlags();
    nvcc = CompiledKernels.nvcc();
    if (nvcc == null) {
      System.out.println("No nvcc: the bugs are put before the emulator only.");
    }
  }

  public static void main(String[] arguments) throws Exception {
    List<Bug> bugs =
        read(Files.readAllLines(LIST)).stream()
            .filter(
                bug -> arguments.length == 0 || Stream.of(arguments).anyMatch(bug.name::contains))
            .toList();
    SeededBugs seeded = new SeededBugs();
    ExecutorService processors =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    List<Future<Boolean>> caught = new ArrayList<>();
    for (Bug bug : bugs) {
      Callable<Boolean> test = () -> seeded.isCaught(bug);
      caught.add(processors.submit(test));
    }
    processors.shutdown();
    int escaped = 0;
    for (int n = 0; n < bugs.size(); n++) {
      escaped += result(bugs.get(n), caught.get(n)) ? 0 : 1;
    }
    System.out.println(bugs.size() + " seeded bugs, " + escaped + " escaped");
    System.exit(escaped == 0 && !bugs.isEmpty() ? 0 : 1);
  }

  private static boolean result(Bug bug, Future<Boolean> caught) throws InterruptedException {
    try {
      return caught.get();
    } catch (ExecutionException e) {
      System.out.println(bug.name + " cannot be tried: " + e.getCause().getMessage());
      return false;
    }
  }

  /** Declares a check that all bugs still fit into the kernels. */
  static Path declare(Build build) {
    Path fit = EmulatedKernels.TEST.resolveSibling("seeded-bugs.fit");
    List<Path> inputs = new ArrayList<>(files(EmulatedKernels.SOURCES));
    inputs.add(LIST);
    build.step(
        List.of(fit),
        inputs,
        List.of("fit"),
        () -> {
          List<Bug> bugs = read(Files.readAllLines(LIST));
          for (Bug bug : bugs) {
            with(bug, Files.readAllLines(EmulatedKernels.SOURCES.resolve(bug.file)));
          }
          Files.writeString(fit, bugs.size() + " bugs\n");
        });
    return fit;
  }

  private static List<Bug> read(List<String> lines) {
    List<Bug> bugs = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("[")) {
        String[] parts = line.substring(1).split("[\\],] *", 4);
        bugs.add(
            new Bug(
                parts[0].strip(), parts[1], parts[2], parts[3], new ArrayList<>(), new ArrayList<>()));
      } else if (line.startsWith("- ")) {
        bugs.get(bugs.size() - 1).before.add(line.substring(2).strip());
      } else if (line.startsWith("+ ")) {
        bugs.get(bugs.size() - 1).after.add(line.substring(2).strip());
      }
    }
    return bugs;
  }

  /** The lines of a file with the bug; the place for it has to be the only one. */
  private static List<String> with(Bug bug, List<String> lines) {
    List<String> stripped = lines.stream().map(String::strip).toList();
    int size = bug.before.size();
    int at = -1;
    for (int n = 0; n + size <= lines.size(); n++) {
      if (stripped.subList(n, n + size).equals(bug.before)) {
        if (at >= 0) {
          throw new Build.BuildFailure(bug.name + ": its lines are in " + bug.file + " more than once");
        }
        at = n;
      }
    }
    if (at < 0) {
      throw new Build.BuildFailure(bug.name + ": its lines are no longer in " + bug.file);
    }
    List<String> result = new ArrayList<>(lines.subList(0, at));
    result.addAll(bug.after);
    result.addAll(lines.subList(at + size, lines.size()));
    return result;
  }

  private boolean isCaught(Bug bug) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Path folder = FOLDER.resolve(bug.name);
    Path sources = Files.createDirectories(folder.resolve("cuda"));
    for (Path source : files(EmulatedKernels.SOURCES)) {
      List<String> lines = Files.readAllLines(source);
      boolean seeded = source.endsWith(bug.file);
      Files.write(sources.resolve(source.getFileName()), seeded ? with(bug, lines) : lines);
    }
    Path program = program(bug, sources, folder);
    String who = "emulator";
    String found = failure(List.of("./" + program, bug.chosen), folder.resolve("emulator.log"));
    if (found == null && nvcc != null) {
      who = "PTX";
      List<String> command = Cxx.line("./" + program, "--ptx", ptx(bug, sources, folder), bug.chosen);
      found = failure(command, folder.resolve("ptx.log"));
    }
    String result = found == null ? "ESCAPED" : "caught by the " + who + ": " + found;
    System.out.printf("%s (%.0f s): %s%n", bug.name, (System.nanoTime() - start) / 1e9, result);
    return found != null;
  }

  /** The tests of the kernels with the bug; the rest of the program is that of the build. */
  private Path program(Bug bug, Path sources, Path folder) throws IOException, InterruptedException {
    Path object = folder.resolve(bug.tests + ".o");
    Path tests = EmulatedKernels.TESTS.resolve("kernels").resolve(bug.tests + ".cpp");
    List<String> compiler = Cxx.line(System.getProperty("native.cxx", "g++"));
    // The compiler looks into the copy first.
    Build.run(Cxx.line(compiler, "-I" + sources, testFlags, "-w", "-c", tests, "-o", object));
    List<Path> objects = new ArrayList<>(List.of(object));
    for (Path built : files(EmulatedKernels.TEST.getParent())) {
      String name = built.getFileName().toString();
      if (name.endsWith(".o") && !name.equals(bug.tests + ".cpp.o")) {
        objects.add(built);
      }
    }
    Path program = folder.resolve("kernels_test");
    Build.run(Cxx.line(compiler, testFlags, "-o", program, objects, "-ldl"));
    return program;
  }

  /** The PTX of the kernels that the tests include; what has no bug is that of the build. */
  private Path ptx(Bug bug, Path sources, Path folder) throws IOException, InterruptedException {
    Path compiled = Files.createDirectories(folder.resolve("ptx"));
    Path tests = EmulatedKernels.TESTS.resolve("kernels").resolve(bug.tests + ".cpp");
    String text = Files.readString(tests);
    for (Path source : files(sources)) {
      String name = source.getFileName().toString();
      if (name.endsWith(".cu") && text.contains('"' + name + '"')) {
        Path to = compiled.resolve(name + ".ptx");
        if (bug.file.endsWith(".cu") && !name.equals(bug.file)) {
          Path built = CompiledKernels.PTX.resolve("compute_80").resolve(name + ".ptx");
          Files.copy(built, to, StandardCopyOption.REPLACE_EXISTING);
        } else {
          List<String> options = Cxx.words("-O3 -std=c++17 -ptx -arch=compute_80");
          Build.run(Cxx.line(nvcc, options, source, "-o", to));
        }
      }
    }
    return compiled;
  }

  /** The first thing that a test says has failed; null if none has. */
  private static String failure(List<String> command, Path log)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    if (!process.waitFor(MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly().waitFor();
      return "does not end";
    }
    if (process.exitValue() == 0) {
      return null;
    }
    try (Stream<String> lines = Files.lines(log)) {
      String first =
          lines
              .filter(line -> line.contains("failed (") || line.contains("ror: "))
              .findFirst()
              .orElse("exit code " + process.exitValue());
      return first.length() > 160 ? first.substring(0, 160) : first;
    }
  }

  private static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
