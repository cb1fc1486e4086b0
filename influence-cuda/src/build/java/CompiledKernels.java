/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The kernels compiled by nvcc, for the jar. Without nvcc one line says so and there are none. A
 * kernel that spills or has a stack frame fails the build.
 */
final class CompiledKernels {
  private static final Path OBJECTS = Path.of("target", "cuda", "objects");
  private static final Path KEPT = Path.of("target", "cuda", "kept");

  /** The PTX on the way to the library, a folder each architecture; tests execute it. */
  static final Path PTX = Path.of("target", "cuda", "ptx");

  /** All kernels are tested in this one, of which all but the oldest machine code is made. */
  static final String EXECUTED = "compute_80";

  /** Its tensor cores do not know TF32 and BF16, and that is tested. */
  static final String OLDEST = "compute_75";

  private static final Path REPORT = Path.of("target", "cuda", "kernels.md");
  private static final Path DOCUMENT = Path.of("..", "docs", "cuda-kernels.md");

  /**
   * Machine code for each generation, and PTX for what is in none of them, such as sm_110. The
   * kernels ask for nothing that sm_80 does not have, so newer machine code is made of its PTX: what
   * tests execute is then what everything comes from, and nvcc takes two thirds of the time.
   */
  private static final List<String> GENERATIONS =
      Cxx.words(
          "-gencode arch=compute_75,code=sm_75"
              + " -gencode"
              + " arch=compute_80,code=[sm_80,sm_86,sm_89,sm_90,sm_100,sm_120,compute_80]");

  private static final String BUILT_FOR =
      "sm_75 sm_80 sm_86 sm_89 sm_90 sm_100 sm_120 compute_80";

  private final Build build;
  private final Cxx cxx;

  CompiledKernels(Build build, Cxx cxx) {
    this.build = build;
    this.cxx = cxx;
  }

  /**
   * Declares the library.
   *
   * @return whether there is an nvcc
   */
  boolean declare(Path library) throws IOException, InterruptedException {
    String nvcc = nvcc();
    if (nvcc == null) {
      System.out.println(
          "No nvcc (looked at -Dcuda.nvcc, CUDA_HOME, /usr/local/cuda and PATH): influence-cuda is"
              + " built without CUDA kernels, and their PTX is not tested.");
      Files.deleteIfExists(library);
      Files.deleteIfExists(Path.of(library + ".sha256"));
      return false;
    }
    String version = version(nvcc);
    List<Path> objects = new ArrayList<>();
    List<Path> logs = new ArrayList<>();
    for (Path source : Cxx.sources(EmulatedKernels.SOURCES, ".cu")) {
      Path object = OBJECTS.resolve(source.getFileName() + ".o");
      Path log = Path.of(object + ".log");
      compile(nvcc, version, source, object, log, ptx(source));
      objects.add(object);
      logs.add(log);
    }
    boolean write = Boolean.getBoolean("cuda.docs.write");
    build.step(
        List.of(REPORT),
        logs,
        List.of(version, String.valueOf(write)),
        () -> KernelReport.write(version, logs, REPORT, write ? DOCUMENT : null));
    List<Path> inputs = new ArrayList<>(objects);
    inputs.add(REPORT);
    List<String> flags =
        Cxx.words(
            "-shared -cudart=shared -Xlinker -soname=libinfluence_cuda.so -Xlinker --no-undefined"
                + " -Xlinker -s -Xlinker -z,relro,-z,now,-z,noexecstack");
    build.command(library, inputs, Cxx.line(nvcc, flags, "-o", library, objects));
    return true;
  }

  /** The PTX of a file for both architectures. */
  static List<Path> ptx(Path source) {
    return Stream.of(EXECUTED, OLDEST)
        .map(architecture -> PTX.resolve(architecture).resolve(source.getFileName() + ".ptx"))
        .toList();
  }

  private void compile(
      String nvcc, String version, Path source, Path object, Path log, List<Path> ptx) {
    Path kept = KEPT.resolve(source.getFileName());
    List<String> command =
        Cxx.line(
            nvcc,
            Cxx.words("-O3 -std=c++17"),
            GENERATIONS,
            Cxx.words("--compress-mode=size -Werror all-warnings -Xptxas -v"),
            Cxx.words("-Xcompiler -fPIC,-fvisibility=hidden,-Wall,-Wextra"),
            "-Xcompiler",
            String.join(",", Cxx.HARDENED),
            "-Xcompiler",
            Cxx.mapped(),
            "-DINFL_BUILD=\"nvcc " + version + ": " + BUILT_FOR + "\"",
            // Replaces random parts of names, so that equal sources give equal binaries wherever
            // they lie.
            "-frandom-seed=" + source.getFileName(),
            "-keep",
            "-keep-dir",
            kept,
            "-c",
            source,
            "-o",
            object);
    cxx.record(source, object, command);
    List<Path> outputs = new ArrayList<>(List.of(object, log));
    outputs.addAll(ptx);
    build.step(
        outputs,
        List.of(source),
        command,
        () -> {
          Files.createDirectories(kept);
          Files.writeString(log, Build.run(Cxx.line(command, "-MMD", "-MF", object + ".d")));
          String stem = source.getFileName().toString().replaceFirst("\\.cu$", "");
          for (Path to : ptx) {
            String architecture = to.getParent().getFileName().toString();
            Files.move(kept.resolve(stem + "." + architecture + ".ptx"), to);
          }
          try (Stream<Path> rest = Files.list(kept)) {
            for (Path file : rest.toList()) {
              Files.delete(file);
            }
          }
        });
  }

  static String nvcc() {
    String named = System.getProperty("cuda.nvcc");
    if (named != null) {
      return named;
    }
    String home = System.getenv("CUDA_HOME");
    for (Path folder : home == null ? List.of(DEFAULT) : List.of(Path.of(home), DEFAULT)) {
      Path nvcc = folder.resolve("bin").resolve("nvcc");
      if (Files.exists(nvcc)) {
        return nvcc.toString();
      }
    }
    return Cxx.onPath("nvcc") ? "nvcc" : null;
  }

  private static final Path DEFAULT = Path.of("/usr/local/cuda");

  private static String version(String nvcc) throws IOException, InterruptedException {
    Matcher release =
        Pattern.compile("release ([0-9.]+)").matcher(Build.run(List.of(nvcc, "--version")));
    if (!release.find()) {
      throw new Build.BuildFailure(nvcc + " --version names no release");
    }
    return release.group(1);
  }
}
