/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The kernels compiled by g++ over the SIMT emulator: a library with the same C ABI for the Java
 * tests, never in the jar, and a program that tests every kernel under sanitizers against loops in
 * higher precision.
 */
final class EmulatedKernels {
  static final Path SOURCES = Path.of("src", "main", "cuda");
  static final String SONAME = "libinfluence_cuda.so";

  /** The program, which with {@link Cxx#CHECKS} also runs PTX: see src/test/cpp/ptx. */
  static final Path TEST = Path.of("target", "cuda-test", "kernels_test");

  static final Path TESTS = Path.of("src", "test", "cpp");

  private static final Path LIBRARY = Path.of("target", "cuda-emulator", SONAME);

  private final Cxx cxx;
  private final List<String> flags;

  EmulatedKernels(Build build, Cxx cxx) throws IOException {
    this.cxx = cxx;
    this.flags =
        Cxx.line(
            Cxx.STRICT,
            Cxx.words("-Wno-unknown-pragmas -DINFL_EMULATOR -DINFL_BUILD=\"emulator\""),
            "-ffp-contract=off",
            // Emulated kernels call fma() all the time: an instruction where there is one.
            Cxx.processorHas("fma") ? Cxx.words("-mavx2 -mfma") : List.of(),
            "-I" + TESTS.resolve("simt").resolve("cuda"),
            "-I" + TESTS,
            "-I" + SOURCES);
  }

  /** How tests of kernels are compiled and linked with all sanitizers. */
  List<String> testFlags() {
    return testFlags(Cxx.SANITIZED);
  }

  private List<String> testFlags(List<String> sanitizers) {
    return Cxx.line(flags, "-O1", "-g1", sanitizers, "-fsanitize-sections=simt_shared");
  }

  /** Declares the library and what the tests print. */
  List<Path> declare() {
    List<Path> library = cxx.objects(SOURCES, ".cu", LIBRARY.getParent(), Cxx.line(flags, "-O2"));
    List<String> named =
        Cxx.words("-shared -pthread -Wl,-soname=" + SONAME + " -Wl,--no-undefined");
    cxx.link(library, LIBRARY, named, List.of(), "-ldl");

    List<String> all = testFlags(Cxx.CHECKS ? Cxx.SANITIZED : Cxx.ADDRESS_SANITIZED);
    Path folder = TEST.getParent();
    List<Path> objects = new ArrayList<>();
    for (Path source : Cxx.sources(TESTS.resolve("kernels"), ".cpp")) {
      if (Cxx.CHECKS || !source.endsWith("ptx_test.cpp")) {
        objects.add(cxx.object(source, folder.resolve(source.getFileName() + ".o"), all));
      }
    }
    objects.add(cxx.object(SOURCES.resolve("library.cu"), folder.resolve("library.cu.o"), all));
    if (Cxx.CHECKS) {
      // Not sanitized: it asks AddressSanitizer itself, and checks what it executes.
      List<String> fast = Cxx.line(flags, "-O3", "-g1");
      objects.addAll(cxx.objects(TESTS.resolve("ptx"), ".cpp", folder, fast));
    }
    cxx.link(objects, TEST, all, List.of(), "-ldl");
    // Two, about equally long.
    return List.of(cxx.passes(TEST, "covariance"), cxx.passes(TEST, "!covariance"), LIBRARY);
  }
}
