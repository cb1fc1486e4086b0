/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What is named like a file and is none: folders, pipes, sockets, devices and links to them. */
public final class SpecialFiles {
  private SpecialFiles() {}

  /**
   * Makes one of each kind that this machine can make.
   *
   * @param folder a new file is named in it for each
   * @return their paths, the folder among them
   */
  public static List<Path> in(Path folder) throws IOException, InterruptedException {
    List<Path> all = new ArrayList<>(List.of(folder));
    Path pipe = pipe(folder.resolve("pipe"));
    if (Files.exists(pipe)) {
      all.add(pipe);
      all.add(Files.createSymbolicLink(folder.resolve("link-to-pipe"), pipe));
    }
    Path socket = folder.resolve("socket");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      all.add(socket);
    } catch (UnsupportedOperationException | IOException e) {
      System.out.println("no sockets here: " + e);
    }
    for (String device : List.of("/dev/zero", "/dev/null", "/dev/tty", "/dev/random")) {
      if (Files.exists(Path.of(device))) {
        all.add(Path.of(device));
      }
    }
    return all;
  }

  /**
   * Makes a pipe nobody writes to.
   *
   * @param path its name
   * @return the path, where nothing is if the machine has no pipes
   */
  public static Path pipe(Path path) throws IOException, InterruptedException {
    Process process;
    try {
      process = new ProcessBuilder("mkfifo", path.toString()).inheritIO().start();
    } catch (IOException e) {
      System.out.println("no pipes here: " + e);
      return path;
    }
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      throw new IOException("mkfifo does not end");
    }
    return path;
  }
}
