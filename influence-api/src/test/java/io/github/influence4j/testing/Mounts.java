/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A file system of its own for a test; without the right to mount the test is left out. */
public final class Mounts implements AutoCloseable {
  private final Path folder;

  private Mounts(Path folder) {
    this.folder = folder;
  }

  /**
   * A small disk in memory.
   *
   * @param folder where it appears
   * @param size such as "64k"
   * @return to be closed
   * @throws IOException if there is no program to mount with
   */
  public static Mounts tmpfs(Path folder, String size) throws IOException {
    mount("-t", "tmpfs", "-o", "size=" + size, "none", folder.toString());
    return new Mounts(folder);
  }

  /**
   * A disk in memory from which no program is executed.
   *
   * @param folder where it appears
   * @return to be closed
   * @throws IOException if there is no program to mount with
   */
  public static Mounts notExecutable(Path folder) throws IOException {
    mount("-t", "tmpfs", "-o", "noexec", "none", folder.toString());
    return new Mounts(folder);
  }

  /**
   * A file that is to be seen at another place too.
   *
   * @param source what
   * @param place where
   * @return to be closed
   * @throws IOException if there is no program to mount with
   */
  public static Mounts bind(Path source, Path place) throws IOException {
    mount("--bind", source.toString(), place.toString());
    return new Mounts(place);
  }

  /**
   * Protects the disk.
   *
   * @throws IOException if there is no program to mount with
   */
  public void readOnly() throws IOException {
    mount("-o", "remount,ro", folder.toString());
  }

  /**
   * Where it is.
   *
   * @return the path that was given
   */
  public Path folder() {
    return folder;
  }

  private static void mount(String... arguments) throws IOException {
    List<String> command = new ArrayList<>(List.of("mount"));
    command.addAll(List.of(arguments));
    assumeTrue(run(command) == 0, "this user may not mount");
  }

  private static int run(List<String> command) throws IOException {
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .onExit()
        .join()
        .exitValue();
  }

  @Override
  public void close() throws IOException {
    run(List.of("umount", folder.toString()));
  }
}
