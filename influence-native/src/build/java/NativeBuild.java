/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Builds the CPU kernels. Run by Maven, which compiles it first: {@code NativeBuild library} makes
 * what goes into the jar, {@code NativeBuild test} runs the C++ tests under sanitizers.
 *
 * <p>kernels.cpp is compiled once for each instruction set, with INFL_ISA naming the variant: its
 * code lives in namespace INFL_ISA. All other files are compiled once, for any x86-64.
 */
final class NativeBuild {
  private static final String KERNELS = "io.github.influence4j.cpu.memory.Kernels";
  private static final String CONSTANTS = "io.github.influence4j.cpu.memory.KernelConstants";
  private static final String UNFOLDING = "io.github.influence4j.cpu.memory.UnfoldKernel";
  private static final Path SOURCES = Path.of("src", "main", "cpp");
  private static final Path TESTS = Path.of("src", "test", "cpp");
  private static final Path LIBRARY = Path.of("target", "native", "libinfluence_cpu.a");
  private static final Path TEST = Path.of("target", "native-test", "kernels_test");

  private static final List<String> FLAGS =
      Cxx.line(Cxx.STRICT, "-ffp-contract=fast", "-I" + SOURCES);
  private static final Map<String, String> VARIANTS = new LinkedHashMap<>();

  static {
    VARIANTS.put(
        "avx512",
        "-mavx512f -mavx512bw -mavx512vl -mavx512dq -mfma -mf16c -mprefer-vector-width=512");
    VARIANTS.put("avx2", "-mavx2 -mfma -mf16c");
    VARIANTS.put("baseline", "-msse2");
  }

  private final Build build = new Build();
  private final Cxx cxx = new Cxx(build, "The CPU kernels");

  private NativeBuild() {}

  public static void main(String[] arguments) throws IOException {
    try {
      new NativeBuild().run(arguments[0]);
    } catch (Build.BuildFailure e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private void run(String target) throws IOException {
    List<Path> library = library();
    List<Path> test = test();
    cxx.writeDatabase();
    build.make(target.equals("test") ? test : library);
  }

  private List<Path> library() {
    List<String> optimised = Cxx.line("-O3", Cxx.HARDENED);
    List<Path> objects = objects(LIBRARY.getParent(), optimised, optimised);
    List<Path> parts = new ArrayList<>(objects);
    for (String variant : VARIANTS.keySet()) {
      if (!variant.equals("baseline")) {
        parts.add(unshared(variant, objects));
      }
    }
    build.command(LIBRARY, parts, Cxx.line("ar", "rcsD", LIBRARY, objects));
    Jni jni = new Jni(build, cxx, List.of(KERNELS), List.of(CONSTANTS, UNFOLDING));
    String flags = "-L" + LIBRARY.getParent() + " -linfluence_cpu";
    return jni.library(KERNELS, SOURCES, List.of(LIBRARY), flags);
  }

  private List<Path> test() throws IOException {
    List<String> flags =
        Cxx.line("-O1", "-g1", Cxx.CHECKS ? Cxx.SANITIZED : Cxx.ADDRESS_SANITIZED);
    List<Path> objects = new ArrayList<>();
    objects.addAll(cxx.objects(TESTS, ".cpp", TEST.getParent(), Cxx.line(FLAGS, flags)));
    // What cannot run here has only to be there.
    boolean avx512 = Cxx.processorHas("avx512vl");
    objects.addAll(objects(TEST.getParent(), flags, avx512 ? flags : Cxx.words("-O0")));
    cxx.link(objects, TEST, Cxx.line("-pthread", flags), List.of(), "");
    // Baseline, AVX2 and AVX-512; one that the processor lacks has no tests to run.
    return List.of(cxx.passes(TEST, "2"), cxx.passes(TEST, "1"), cxx.passes(TEST, "0"));
  }

  /** All sources; those that are kernels for each instruction set. */
  private List<Path> objects(Path to, List<String> flags, List<String> avx512) {
    List<Path> objects = new ArrayList<>();
    for (Map.Entry<String, String> variant : VARIANTS.entrySet()) {
      String name = variant.getKey();
      List<String> isa = Cxx.words("-DINFL_ISA=" + name + " " + variant.getValue());
      List<String> all = Cxx.line(FLAGS, name.equals("avx512") ? avx512 : flags, isa);
      Path object = to.resolve(name + "-kernels.o");
      objects.add(cxx.object(SOURCES.resolve("kernels.cpp"), object, all));
    }
    Path common = to.resolve("common-dispatch.o");
    objects.add(cxx.object(SOURCES.resolve("dispatch.cpp"), common, Cxx.line(FLAGS, flags)));
    return objects;
  }

  /**
   * The linker keeps one copy of an inline function that several objects define, and takes any. If
   * that is the AVX-512 copy of, say, std::vector::push_back, older processors die of SIGILL. So an
   * object of a variant may define shared (weak) functions in its own namespace only.
   */
  private Path unshared(String variant, List<Path> objects) {
    Path object =
        objects.stream()
            .filter(file -> file.getFileName().toString().startsWith(variant))
            .findFirst()
            .orElseThrow();
    Path checked = Path.of(object + ".unshared");
    List<String> command = Cxx.line("nm", "--defined-only", object);
    build.step(
        List.of(checked),
        List.of(object),
        command,
        () -> {
          List<String> shared =
              Build.run(command)
                  .lines()
                  .filter(symbol -> symbol.contains(" W ") && !symbol.contains(variant))
                  .toList();
          if (!shared.isEmpty()) {
            throw new Build.BuildFailure(
                "Code shared between instruction sets in kernels.cpp ("
                    + variant
                    + "), replace or force-inline it:\n"
                    + String.join("\n", shared));
          }
          Files.writeString(checked, "");
        });
    return checked;
  }
}
