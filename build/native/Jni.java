/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * The JNI libraries: JavaCPP writes their sources from the classes that declare native methods, and
 * we compile them. JavaCPP could do that itself, but then neither their order nor the flags would
 * be ours.
 *
 * <p>A library lies in the jar beside its class, with the SHA-256 it is known by at run time.
 */
final class Jni {
  private static final String PLATFORM = "linux-x86_64";
  private static final Path CLASSES = Path.of("target", "classes");
  private static final Path SOURCES = Path.of("target", "jni");
  private static final Path SORTING = Path.of("..", "build", "native", "SortedJni.java");

  private final Build build;
  private final Cxx cxx;
  private final Path shared;

  /**
   * Declares the sources.
   *
   * @param libraries classes that have a library each
   * @param others classes that declare more of them
   */
  Jni(Build build, Cxx cxx, List<String> libraries, List<String> others) {
    this.build = build;
    this.cxx = cxx;
    List<Path> inputs = new ArrayList<>(List.of(SORTING));
    List<Path> outputs = new ArrayList<>();
    List<String> classes = Stream.concat(libraries.stream(), others.stream()).toList();
    classes.forEach(name -> inputs.addAll(classFiles(name)));
    libraries.forEach(name -> outputs.add(source(simpleName(name))));
    outputs.add(source("javacpp"));
    this.shared = object(source("javacpp"), SOURCES);
    List<String> command =
        Cxx.line(
            Path.of(System.getProperty("java.home"), "bin", "java"),
            Cxx.words("-XX:TieredStopAtLevel=1 -cp"),
            System.getProperty("native.classpath", ""),
            "org.bytedeco.javacpp.tools.Builder",
            Cxx.words("-nocompile -nodelete -properties"),
            PLATFORM,
            "-d",
            SOURCES,
            classes);
    // Not the whole class path: the same classes may lie in a jar or a folder.
    String javaCpp =
        System.getProperty("native.classpath", "").replaceAll(".*/(javacpp-[0-9.]+jar).*", "$1");
    build.step(
        outputs,
        inputs,
        Cxx.line(javaCpp, PLATFORM, classes),
        () -> {
          Build.run(command);
          for (Path source : outputs) {
            SortedJni.sort(source);
          }
        });
  }

  /**
   * Declares the library of a class.
   *
   * @param name of the class
   * @param includes where the headers lie that its annotations name
   * @param needed the libraries it is linked with
   * @param libraries the same as flags of the linker
   * @return the library and its hash
   */
  List<Path> library(String name, Path includes, List<Path> needed, String libraries) {
    String simple = simpleName(name);
    List<Path> objects = List.of(object(source(simple), includes), shared);
    Path library = folder(name).resolve("libjni" + simple + ".so");
    // A function that is declared but not defined fails here, not when a user loads the library.
    List<String> flags =
        Cxx.line(
            Cxx.words("-shared -s -pthread"),
            Cxx.HARDENED_LINK,
            Cxx.words("-Wl,--no-undefined,--allow-shlib-undefined -Wl,-Bsymbolic"));
    cxx.link(objects, library, flags, needed, libraries);
    return List.of(library, hash(library));
  }

  /** Declares the SHA-256 of a library. */
  Path hash(Path library) {
    Path hash = Path.of(library + ".sha256");
    build.step(
        List.of(hash),
        List.of(library),
        List.of("SHA-256"),
        () -> {
          byte[] digest = Build.sha256().digest(Files.readAllBytes(library));
          Files.writeString(hash, HexFormat.of().formatHex(digest) + "\n");
        });
    return hash;
  }

  /** Where in the jar the libraries of a class lie. */
  static Path folder(String name) {
    return CLASSES.resolve(name.replace('.', '/')).resolveSibling(PLATFORM);
  }

  private Path object(Path source, Path includes) {
    Path headers = Path.of(System.getProperty("java.home"), "include");
    List<String> flags =
        Cxx.line(
            Cxx.words("-std=c++17 -O3 -fPIC -pthread -Wall"),
            Cxx.HARDENED,
            "-I" + includes,
            "-I" + headers,
            "-I" + headers.resolve("linux"));
    return cxx.object(source, Path.of(source + ".o"), flags);
  }

  private static Path source(String name) {
    return SOURCES.resolve("jni" + name + ".cpp");
  }

  private static String simpleName(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** A class and those nested in it. */
  private static List<Path> classFiles(String name) {
    String simple = simpleName(name);
    try (Stream<Path> files = Files.list(CLASSES.resolve(name.replace('.', '/')).getParent())) {
      return files
          .filter(file -> file.getFileName().toString().matches(simple + "(\\$.*)?\\.class"))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
