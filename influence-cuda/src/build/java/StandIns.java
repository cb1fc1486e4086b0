/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The stand-ins of the CUDA libraries, which the tests load in place of NVIDIA's: each with its
 * soname, and its functions under a version of the same name, as the presets look them up. Nothing
 * of this goes into a jar.
 */
final class StandIns {
  static final Path FOLDER = Path.of("target", "standins");

  private static final Path SOURCES = Path.of("src", "test", "cpp", "standins");
  private static final Path NOTHING = Path.of("/dev/null");
  private static final String KERNELS = "libinfluence_cuda.so";
  private static final Path RUNTIME = FOLDER.resolve("libcudart.so.13");

  private final Build build;
  private final Cxx cxx;
  private final List<Path> all = new ArrayList<>();
  private final Path kernels;

  StandIns(Build build, Cxx cxx) {
    this.build = build;
    this.cxx = cxx;
    library("libcudart.so.13", "cudart.cpp");
    this.kernels = library(KERNELS, "kernels.cpp");
  }

  /** That of the kernels. */
  Path kernels() {
    return kernels;
  }

  /** Declares the libraries. */
  List<Path> declare() {
    library("libcusolver.so.12", "cusolver.cpp");
    library("libcublas.so.13", "cublas.cpp");
    library("libcuda.so.1", "driver.cpp");
    library("libstandin_control.so", "control.cpp");
    library("libcublasLt.so.13", "");
    library("libcusparse.so.12", "");
    library("libcusolverMg.so.12", "");
    // What the probe must tell apart.
    library("libcuda.so.1", "libcuda-old.so", "driver.cpp", "-DSTANDIN_VERSION=12080");
    library(
        "libcuda.so.1", "libcuda-empty.so", "driver.cpp", "-DSTANDIN_INIT=100 -DSTANDIN_DEVICES=0");
    library("libcuda.so.1", "libcuda-broken.so", "driver.cpp", "-DSTANDIN_INIT=804");
    library("libcuda.so.1", "libcuda-other.so", "", "");
    library(KERNELS, "libinfluence_cuda-other.so", "kernels.cpp", "-DSTANDIN_USABLE=209");
    return all;
  }

  private Path library(String soname, String source) {
    return library(soname, soname, source, "");
  }

  /** A library; without a source an empty one. */
  private Path library(String soname, String name, String source, String defines) {
    Path library = FOLDER.resolve(name);
    Path versions = FOLDER.resolve(name + ".map");
    String map = soname + " { global: *; };\n";
    build.step(List.of(versions), List.of(), List.of(map), () -> Files.writeString(versions, map));
    Path headers = Path.of(System.getProperty("java.home"), "include");
    List<String> flags =
        Cxx.line(
            Cxx.STRICT,
            Cxx.words("-O3 -fvisibility=default " + defines),
            "-I" + EmulatedKernels.SOURCES,
            "-I" + headers,
            "-I" + headers.resolve("linux"));
    Path code = source.isEmpty() ? NOTHING : SOURCES.resolve(source);
    Path object = cxx.object(code, FOLDER.resolve(name + ".o"), flags);
    boolean calls = !Set.of("", "cudart.cpp", "driver.cpp").contains(source);
    List<Path> needed = calls ? List.of(versions, RUNTIME) : List.of(versions);
    List<String> link =
        Cxx.line(
            "-shared", "-pthread", "-Wl,-soname," + soname, "-Wl,--version-script=" + versions);
    cxx.link(List.of(object), library, link, needed, calls ? RUNTIME.toString() : "");
    all.add(library);
    return library;
  }
}
