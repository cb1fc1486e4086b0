/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Files that are made from other files. {@link #make} runs the steps that are out of date, as many
 * at a time as there are processors, in the order of their declaration as far as they do not wait
 * for each other: declare the longest first.
 *
 * <p>A step is up to date if its outputs exist and neither its recipe nor the content of an input
 * has changed since they were made. Inputs are those declared and those that a compiler wrote to
 * {@code OUTPUT.d}. Paths are relative to the module, the working directory.
 */
final class Build {
  /** What a step does. */
  interface Action {
    void run() throws IOException, InterruptedException;
  }

  private record Step(List<Path> outputs, List<Path> inputs, List<String> recipe, Action action) {}

  private static final Path STAMPS = Path.of("target", "native-build", "stamps");

  private final Map<Path, Step> steps = new LinkedHashMap<>();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicReference<RuntimeException> failure = new AtomicReference<>();

  /**
   * Declares a step.
   *
   * @param outputs what it makes
   * @param inputs what it reads
   * @param recipe what else decides the outputs, such as the command
   * @param action makes the outputs
   */
  void step(List<Path> outputs, List<Path> inputs, List<String> recipe, Action action) {
    Step step = new Step(outputs, inputs, recipe, action);
    for (Path output : outputs) {
      if (steps.put(output, step) != null) {
        throw new IllegalArgumentException("Two steps make " + output);
      }
    }
  }

  /** Declares a step that is one command and makes one file. */
  void command(Path output, List<Path> inputs, List<String> command) {
    step(List.of(output), inputs, command, () -> print(run(command)));
  }

  /** Makes files and what they are made from. */
  void make(List<Path> files) {
    long start = System.nanoTime();
    ExecutorService processors =
        Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
    Map<Step, CompletableFuture<Void>> started = new LinkedHashMap<>();
    files.forEach(file -> start(file, started, processors));
    // Also after a failure what runs is waited for: no compiler is left behind.
    CompletableFuture.allOf(started.values().toArray(CompletableFuture[]::new))
        .handle((done, failed) -> null)
        .join();
    processors.shutdown();
    if (failure.get() != null) {
      throw failure.get();
    }
    System.out.printf(
        "Natives: %d of %d steps were out of date, %.0f s%n",
        done.get(), started.size(), (System.nanoTime() - start) / 1e9);
  }

  private CompletableFuture<Void> start(
      Path file, Map<Step, CompletableFuture<Void>> started, ExecutorService processors) {
    Step step = steps.get(file);
    if (step == null) {
      return CompletableFuture.completedFuture(null);
    }
    CompletableFuture<Void> running = started.get(step);
    if (running == null) {
      CompletableFuture<?>[] before =
          step.inputs.stream()
              .map(input -> start(input, started, processors))
              .toArray(CompletableFuture[]::new);
      running = CompletableFuture.allOf(before).thenRunAsync(() -> bring(step), processors);
      started.put(step, running);
    }
    return running;
  }

  /** Brings a step up to date. */
  private void bring(Step step) {
    if (failure.get() != null) {
      return;
    }
    try {
      Path first = step.outputs.get(0);
      Path stamp = STAMPS.resolve(first.toString().replace('/', '_'));
      if (isCurrent(step, stamp)) {
        return;
      }
      Files.deleteIfExists(stamp);
      for (Path output : step.outputs) {
        Files.createDirectories(output.getParent());
        Files.deleteIfExists(output);
      }
      FileTime start = FileTime.from(Instant.now());
      step.action.run();
      done.incrementAndGet();
      List<Path> inputs = new ArrayList<>(step.inputs);
      inputs.addAll(found(first));
      for (Path input : inputs) {
        if (Files.getLastModifiedTime(input).compareTo(start) > 0) {
          return; // Edited meanwhile: what was read is unknown, so the next build repeats the step.
        }
      }
      Files.createDirectories(STAMPS);
      List<String> lines = new ArrayList<>(List.of(fingerprint(step, inputs)));
      inputs.forEach(input -> lines.add(input.toString()));
      Files.write(stamp, lines);
    } catch (IOException e) {
      failure.compareAndSet(null, new UncheckedIOException(e));
    } catch (InterruptedException e) {
      failure.compareAndSet(null, new BuildFailure("Interrupted"));
    } catch (RuntimeException e) {
      failure.compareAndSet(null, e);
    }
  }

  private static boolean isCurrent(Step step, Path stamp) throws IOException {
    if (!Files.exists(stamp) || !step.outputs.stream().allMatch(Files::exists)) {
      return false;
    }
    List<String> lines = Files.readAllLines(stamp);
    List<Path> inputs = lines.stream().skip(1).map(Path::of).toList();
    return inputs.containsAll(step.inputs) && lines.get(0).equals(fingerprint(step, inputs));
  }

  private static String fingerprint(Step step, List<Path> inputs) throws IOException {
    MessageDigest digest = sha256();
    digest.update(step.recipe.toString().getBytes(StandardCharsets.UTF_8));
    for (Path input : new LinkedHashSet<>(inputs)) {
      digest.update(input.toString().getBytes(StandardCharsets.UTF_8));
      digest.update(Files.exists(input) ? sha256().digest(Files.readAllBytes(input)) : new byte[1]);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  /** The headers that the compiler found, as it wrote them for make. */
  private static Set<Path> found(Path output) throws IOException {
    Path list = Path.of(output + ".d");
    Set<Path> files = new LinkedHashSet<>();
    if (Files.exists(list)) {
      String text = Files.readString(list).replace("\\\n", " ");
      for (String name : text.substring(text.indexOf(':') + 1).strip().split("(?<!\\\\)\\s+")) {
        files.add(Path.of(name.replace("\\ ", " ")));
      }
    }
    return files;
  }

  /** Runs a command and returns what it printed; throws if it fails. */
  static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new BuildFailure(text + "Exit code " + code + " of " + String.join(" ", command));
    }
    return text;
  }

  static void print(String text) {
    if (!text.isBlank()) {
      System.out.println(text.stripTrailing());
    }
  }

  /** What the user is told, without a stack trace. */
  static final class BuildFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    BuildFailure(String text) {
      super(text);
    }
  }
}
