/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.Mounts;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Users' machines, each played by a Java process of its own with its own home and /tmp. */
class NativeLoadingTest {
  private static final String LIBRARY =
      "io/github/influence4j/cpu/memory/linux-x86_64/libjniKernels.so";
  private static final String WARNING =
      "WARNING: Influence4J uses backend \"reference\" instead of cpu (";

  @TempDir Path folder;
  private Path home;
  private Path temporary;

  @BeforeEach
  void makeDirectories() throws IOException {
    home = Files.createDirectory(folder.resolve("home"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx------"));
  }

  private String run(String classPath, List<String> options, String... arguments)
      throws IOException, InterruptedException {
    return output(start(classPath, options, arguments));
  }

  private Process start(String classPath, List<String> options, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Duser.language=en"));
    command.add("-Duser.home=" + home);
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, LoadingProgram.class.getName()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) throws IOException, InterruptedException {
    try (InputStream out = process.getInputStream()) {
      String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(text).isZero();
      return text;
    }
  }

  private static String classPath() {
    return without(entry -> false);
  }

  private static String without(Predicate<String> unwanted) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .filter(entry -> !unwanted.test(Path.of(entry).getFileName().toString()))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Our classes, copied, with another library in them. */
  private String withLibrary(byte[] library, boolean rightHash) throws Exception {
    Path built = Path.of("target/classes").toAbsolutePath();
    Path copy = folder.resolve("classes");
    try (Stream<Path> files = Files.walk(built)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(built.relativize(file).toString()));
      }
    }
    Files.write(copy.resolve(LIBRARY), library);
    if (rightHash) {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(library);
      Files.writeString(copy.resolve(LIBRARY + ".sha256"), HexFormat.of().formatHex(hash));
    }
    return copy + File.pathSeparator + classPath();
  }

  private static byte[] library() throws IOException {
    return Files.readAllBytes(Path.of("target/classes").resolve(LIBRARY));
  }

  /** Replaces the content of a file by zeros and leaves its size and its time. */
  private static void zero(Path file) throws IOException {
    FileTime time = Files.getLastModifiedTime(file);
    try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "rw")) {
      content.write(new byte[(int) content.length()]);
    }
    Files.setLastModifiedTime(file, time);
  }

  private static List<Path> find(Path where, String name) throws IOException {
    try (Stream<Path> files = Files.walk(where)) {
      return files.filter(file -> file.endsWith(name)).toList();
    }
  }

  @Test
  void theCacheIsVerifiedAndOnlyOurs() throws Exception {
    assertThat(run(classPath(), List.of()))
        .contains("backend cpu (")
        .contains("mapped " + home.resolve(".cache/influence4j"))
        .doesNotContain("WARNING");
    Path cache = home.resolve(".cache/influence4j");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(cache)))
        .isEqualTo("rwx------");
    // Of the same size and the same time: what JavaCPP alone takes for the library.
    Path kernels = find(cache, "libjniKernels.so").get(0);
    zero(kernels);
    zero(find(cache, "libopenblas_nolapack.so.0").get(0));
    zero(find(cache, "libjnijavacpp.so").get(0));
    assertThat(run(classPath(), List.of())).contains("backend cpu (").doesNotContain("WARNING");
    assertThat(Files.readAllBytes(kernels)).isEqualTo(library());
    assertThat(find(temporary, "libjniKernels.so")).isEmpty();
  }

  /** JavaCPP alone takes "?" in the working directory, and without that a place in /tmp. */
  @ParameterizedTest
  @ValueSource(strings = {"?", "/proc"})
  void withoutAHomeNothingPlantedIsLoadedAndNothingIsLeft(String none) throws Exception {
    Path planted =
        temporary.resolve(".javacpp-" + System.getProperty("user.name") + "/cache/javacpp");
    Files.createDirectories(planted);
    String text = run(classPath(), List.of("-Duser.home=" + none));
    assertThat(text).contains("backend cpu (").contains("mapped " + temporary);
    assertThat(text).contains("/influence4j-natives-");
    try (Stream<Path> left = Files.list(temporary)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactly(".javacpp-" + System.getProperty("user.name"));
    }
    try (Stream<Path> used = Files.list(planted)) {
      assertThat(used).isEmpty();
    }
  }

  @Test
  void aCacheThatOthersCanWriteToIsNotUsed() throws Exception {
    Path cache = Files.createDirectories(home.resolve(".cache/influence4j"));
    Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(run(classPath(), List.of()))
        .contains("backend cpu (")
        .contains("mapped " + temporary);
    assertThat(find(home, "libjniKernels.so")).isEmpty();
  }

  @Test
  void severalProcessesUnpackAtOnce() throws Exception {
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(start(classPath(), List.of()));
    }
    for (Process process : processes) {
      assertThat(output(process)).contains("backend cpu (").contains("mapped " + home);
    }
  }

  /** It is not damaged but unfinished, and its writer holds JavaCPP's lock. */
  @Test
  void whatAnotherProcessIsUnpackingIsLeftAlone() throws Exception {
    run(classPath(), List.of());
    Path half = find(home, "libopenblas_nolapack.so.0").get(0);
    Files.write(half, Arrays.copyOf(Files.readAllBytes(half), 1 << 20));
    Process process = startAtTheLock(() -> assertThat(half).hasSize(1 << 20));
    assertThat(output(process)).contains("backend cpu (").doesNotContain("WARNING");
  }

  /** It was damaged when the process looked, and is whole when it gets JavaCPP's lock. */
  @Test
  void whatAnotherProcessHasUnpackedAgainIsKept() throws Exception {
    run(classPath(), List.of());
    Path library = find(home, "libopenblas_nolapack.so.0").get(0);
    FileTime time = Files.getLastModifiedTime(library);
    byte[] whole = Files.readAllBytes(library);
    zero(library);
    Object file = Files.readAttributes(library, BasicFileAttributes.class).fileKey();
    Process process =
        startAtTheLock(
            () -> {
              assertThat(library).exists();
              Files.write(library, whole);
              Files.setLastModifiedTime(library, time);
            });
    assertThat(output(process)).contains("backend cpu (").doesNotContain("WARNING");
    assertThat(Files.readAttributes(library, BasicFileAttributes.class).fileKey()).isEqualTo(file);
  }

  /** What happens while another process has JavaCPP's lock. */
  private interface WhileLocked {
    void run() throws IOException;
  }

  /** Starts a process, and does something while it waits for the lock. */
  private Process startAtTheLock(WhileLocked meanwhile) throws Exception {
    Path lock = home.resolve(".cache/influence4j/javacpp/.lock");
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock held = channel.lock()) {
      assertThat(held.isValid()).isTrue();
      Process process = start(classPath(), List.of());
      while (process.isAlive() && !hasOpen(process, lock)) {
        Thread.sleep(5);
      }
      meanwhile.run();
      return process;
    }
  }

  private static boolean hasOpen(Process process, Path file) {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + process.pid() + "/fd"))) {
      for (Path descriptor : open.toList()) {
        if (Files.exists(descriptor) && Files.isSameFile(descriptor, file)) {
          return true;
        }
      }
    } catch (IOException | UncheckedIOException e) {
      return false; // it has ended, or a file was closed meanwhile
    }
    return false;
  }

  /** The advice names the property that moves the library in question. */
  @Test
  void aDiskFromWhichNothingIsExecuted() throws Exception {
    try (Mounts disk = Mounts.notExecutable(Files.createDirectory(folder.resolve("disk")))) {
      for (String property : List.of("org.bytedeco.javacpp.cachedir", "influence4j.native.dir")) {
        Path chosen = disk.folder().resolve(property);
        assertThat(run(classPath(), List.of("-D" + property + "=" + chosen)))
            .contains(WARNING)
            .contains("failed to map segment", "(mounted noexec?): set -D" + property + " to");
      }
    }
  }

  @Test
  void severalClassLoadersLoadItAndItIsUnloadedWithThem() throws Exception {
    // Or a thread of JavaCPP holds the class loader that used it first.
    List<String> options = List.of("-Dorg.bytedeco.javacpp.nopointergc=true");
    assertThat(run(classPath(), options, "loaders"))
        .containsPattern("(?s)backend cpu \\(.*backend cpu \\(.*mapped by two 2.*left 0");
  }

  @Test
  void theDirectoryThatTheUserChose() throws Exception {
    Path chosen = folder.resolve("image/natives");
    Files.createDirectories(chosen.getParent());
    List<String> options = List.of("-Dinfluence4j.native.dir=" + chosen, "-Duser.home=?");
    assertThat(run(classPath(), options)).contains("backend cpu (").contains("mapped " + chosen);
    assertThat(find(chosen, "libopenblas_nolapack.so.0")).hasSize(1);
    // Unpacked, it does without any other place.
    List<String> image = new ArrayList<>(options);
    image.add("-Djava.io.tmpdir=/nowhere");
    assertThat(run(classPath(), image)).contains("backend cpu (").contains("mapped " + chosen);
    Path file = Files.createFile(folder.resolve("file"));
    assertThat(run(classPath(), List.of("-Dinfluence4j.native.dir=" + file)))
        .contains(WARNING)
        .contains("native libraries cannot be unpacked (" + file);
  }

  @Test
  void nowhereToUnpack() throws Exception {
    List<String> options = List.of("-Duser.home=/nowhere", "-Djava.io.tmpdir=/nowhere");
    assertThat(run(classPath(), options))
        .contains(WARNING)
        .contains("the home directory \"/nowhere\" does not exist; ")
        .contains("set -Dinfluence4j.native.dir to a directory that this user can write to")
        .containsPattern("backend reference \\([^\\n]*\\) instead of cpu \\(");
    assertThat(run(classPath(), options, "forced"))
        .contains("refused Backend \"cpu\" is unavailable: native libraries cannot be unpacked");
  }

  @Test
  void aDirectoryOfJavaCppThatOthersCanWriteToIsRefused() throws Exception {
    Path planted = temporary.resolve(".javacpp-" + System.getProperty("user.name") + "/cache");
    Files.createDirectories(planted);
    Files.setPosixFilePermissions(planted, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThat(run(classPath(), List.of("-Duser.home=/proc"), "javacpp"))
        .contains("JavaCPP uses " + planted)
        .contains(WARNING + "JavaCPP unpacks its libraries to " + planted)
        .contains("; start Java with -Dorg.bytedeco.javacpp.cachedir set to a directory that");
  }

  @Test
  void damagedLibraries() throws Exception {
    byte[] zeros = new byte[library().length];
    assertThat(run(withLibrary(zeros, false), List.of()))
        .contains(
            WARNING + "libjniKernels.so in the jar of io.github.influence4j.cpu.memory is damaged")
        .contains("; replace the jar)");
    Files.write(folder.resolve("classes").resolve(LIBRARY), Arrays.copyOf(library(), 100_000));
    assertThat(run(folder.resolve("classes") + ":" + classPath(), List.of()))
        .contains("is damaged: its SHA-256 is ");
    assertThat(find(home, "libjniKernels.so")).isEmpty();
  }

  @Test
  void damagedBeforeTheJarWasBuilt() throws Exception {
    assertThat(run(withLibrary(new byte[library().length], true), List.of()))
        .contains(WARNING)
        .contains("a library is damaged: download the artifact that holds it again");
  }

  @Test
  void forAnotherProcessor() throws Exception {
    byte[] other = library();
    other[18] = (byte) 183; // e_machine: AArch64
    assertThat(run(withLibrary(other, true), List.of()))
        .contains(WARNING)
        .contains("a library is for another processor");
  }

  @Test
  void forANewerSystem() throws Exception {
    byte[] newer = library();
    String text = new String(newer, StandardCharsets.ISO_8859_1);
    newer[text.indexOf("\0GLIBC_2.") + "\0GLIBC_".length()] = '9';
    assertThat(run(withLibrary(newer, true), List.of()))
        .contains(WARNING)
        .contains("this system is older than the libraries, which need GLIBC_9.");
  }

  @Test
  void missingArtifacts() throws Exception {
    assertThat(run(without(name -> name.matches("openblas-.*x86_64.jar")), List.of()))
        .contains(WARNING)
        .contains("the artifact org.bytedeco:openblas for linux-x86_64 is missing");
    assertThat(run(without(name -> name.startsWith("openblas-")), List.of()))
        .contains("the artifact org.bytedeco:openblas is missing");
    assertThat(run(without(name -> name.startsWith("javacpp-")), List.of()))
        .contains(WARNING)
        .contains("the artifact org.bytedeco:javacpp is missing");
  }
}
