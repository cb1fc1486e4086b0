/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.testing.PyTorchListener;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** PyTorch is loaded in Java processes of their own, with their own home and /tmp. */
final class PyTorchTest {
  @TempDir private Path folder;
  private Path home;
  private Path temporary;

  @BeforeEach
  void makeDirectories() throws IOException {
    home = Files.createDirectory(folder.resolve("home"));
    temporary = Files.createDirectory(folder.resolve("tmp"));
    Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("rwx------"));
  }

  private Process start(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:-CreateCoredumpOnCrash"));
    command.add("-XX:ErrorFile=" + folder.resolve("crash-%p.log"));
    command.add("-Duser.home=" + home);
    command.add("-Djava.io.tmpdir=" + temporary);
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(LoadingProgram.class.getName());
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static String output(Process process) throws Exception {
    try (InputStream out = process.getInputStream()) {
      String text = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(text).isZero();
      return text;
    }
  }

  /** The beginning of a library, where JavaCPP unpacks it below a directory. */
  private static Path unpack(Path directory, Class<?> owner, String resource, int bytes)
      throws IOException {
    JarURLConnection jar =
        (JarURLConnection) Objects.requireNonNull(owner.getResource(resource)).openConnection();
    String name = Path.of(jar.getJarFile().getName()).getFileName().toString();
    Path file = directory.resolve(name).resolve(jar.getEntryName());
    Files.createDirectories(file.getParent());
    try (InputStream library = jar.getInputStream()) {
      Files.write(file, library.readNBytes(bytes));
    }
    Files.setLastModifiedTime(file, FileTime.fromMillis(jar.getJarEntry().getTime()));
    return file;
  }

  /** Before the first test, in whatever order they run. */
  @Test
  void theTestsThemselvesGoThroughIt() {
    assertThat(PyTorchListener.hasLoaded()).isTrue();
  }

  /**
   * What there is of a library while another process unpacks it, or when that was killed. JavaCPP
   * alone maps it, because libtorch needs it: a SIGBUS in every process.
   */
  @Test
  void aLibraryOfWhichOnlyTheBeginningIsUnpacked() throws Exception {
    Path cache = folder.resolve("cache");
    Path half =
        unpack(cache, torch.class, "/org/bytedeco/pytorch/linux-x86_64/libtorch_cpu.so", 1 << 20);
    String option = "-Dorg.bytedeco.javacpp.cachedir=" + cache;
    List<Process> atOnce = List.of(start(option), start(option));
    for (Process process : atOnce) {
      assertThat(output(process)).contains("mapped " + half);
    }
  }

  /** JavaCPP alone takes the first place that it can write to, with what lies there. */
  @ParameterizedTest
  @ValueSource(strings = {"?", "/proc"})
  void nothingIsLoadedFromAPlaceThatOthersCanGuess(String noHome) throws Exception {
    Path planted =
        temporary.resolve(".javacpp-" + System.getProperty("user.name")).resolve("cache");
    unpack(
        planted,
        Loader.class,
        "/org/bytedeco/javacpp/linux-x86_64/libjnijavacpp.so",
        Integer.MAX_VALUE);
    assertThat(output(start("-Duser.home=" + noHome)))
        .contains("mapped " + temporary.resolve("influence4j-natives-"))
        .doesNotContain(planted.toString());
  }
}
