/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.JarURLConnection;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.CheckedInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Where JavaCPP unpacks its own libraries and those of its presets. Left alone it takes the home,
 * or else a place in /tmp that others can guess, and trusts what it finds there by size and time.
 * So it is given a directory of ours, unless the user chose one.
 */
public final class JavaCppCache {
  /** JavaCPP's own property; read once, when it first needs the directory. */
  private static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  /** The identity of the JavaCPP that our directory is for: each class loader has its own. */
  private static final String OWNER = "influence4j.javacpp.owner";

  /** What JavaCPP and OpenBLAS take, unpacked. */
  private static final long BYTES = 150L << 20;

  private static final Logger LOGGER = System.getLogger(JavaCppCache.class.getName());

  private JavaCppCache() {}

  /** JavaCPP's {@code Loader.getCacheDir}. */
  @FunctionalInterface
  public interface Directory {
    /**
     * The directory in use.
     *
     * @return the one JavaCPP chose when first asked
     * @throws IOException if there is none
     */
    Path get() throws IOException;
  }

  /**
   * Gives JavaCPP a directory, and makes sure that nobody else can write to the one it uses.
   *
   * @param loader JavaCPP's class Loader
   * @param inUse asks that class
   * @throws NativeLoadException if JavaCPP was used before and its directory is not safe
   */
  public static void prepare(Class<?> loader, Directory inUse) {
    String identity = Integer.toHexString(System.identityHashCode(loader));
    // One at a time in the JVM, for the properties are the JVM's.
    synchronized (System.getProperties()) {
      String before = System.getProperty(PROPERTY);
      boolean ours = System.getProperty(OWNER) != null;
      try {
        if (before != null && !ours) {
          requireUsed(Path.of(before), inUse.get());
          return;
        }
        if (!identity.equals(System.getProperty(OWNER))) {
          System.setProperty(PROPERTY, directory(ours).toString());
          System.setProperty(OWNER, identity);
        }
        requireUsed(Path.of(System.getProperty(PROPERTY)), inUse.get());
      } catch (IOException e) {
        throw new NativeLoadException(LoadFailures.reason(e), e);
      }
    }
  }

  /**
   * Deletes what JavaCPP unpacked from another build or what was damaged since, by the checksums in
   * the jar; JavaCPP itself looks at size and time.
   *
   * @param library a native library in the jar, or null
   * @param inUse JavaCPP's directory
   */
  public static void verify(@Nullable URL library, Directory inUse) {
    try {
      URLConnection connection = library == null ? null : library.openConnection();
      if (connection instanceof JarURLConnection jar) {
        verify(jar.getJarFile(), jar.getJarEntry(), inUse.get());
      }
    } catch (IOException e) {
      throw new NativeLoadException(LoadFailures.reason(e), e);
    }
  }

  private static void verify(JarFile jar, JarEntry library, Path cache) throws IOException {
    String folder = library.getName().substring(0, library.getName().lastIndexOf('/') + 1);
    Path unpacked = cache.resolve(Path.of(jar.getName()).getFileName()).resolve(folder);
    if (!Files.isDirectory(unpacked)) {
      return;
    }
    Set<Long> known = new HashSet<>();
    jar.stream().filter(e -> e.getName().startsWith(folder)).forEach(e -> known.add(e.getCrc()));
    List<Path> libraries;
    try (Stream<Path> files = Files.list(unpacked)) {
      libraries =
          files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).toList();
    }
    for (Path file : libraries) {
      if (!known.contains(checksum(file))) {
        LOGGER.log(Level.DEBUG, "Not of {0}, unpacked again: {1}", jar.getName(), file);
        Files.delete(file);
      }
    }
  }

  private static long checksum(Path file) throws IOException {
    CRC32 sum = new CRC32();
    try (InputStream in = new CheckedInputStream(Files.newInputStream(file), sum)) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
    }
    return sum.getValue();
  }

  /** Not one that another class loader's JavaCPP uses: the JVM binds a file to one of them. */
  private static Path directory(boolean taken) throws IOException {
    NativeCache cache = NativeLibraries.cache();
    Path lasting = cache.directory();
    if (lasting != null && !taken) {
      try {
        Path directory = lasting.resolve("javacpp");
        Files.createDirectories(lasting);
        NativeCache.createPrivate(directory);
        requireSpace(directory);
        return directory;
      } catch (IOException e) {
        cache.giveUp(e);
        if (cache.chosen()) {
          throw cache.unusable(e);
        }
      }
    }
    return Files.createTempDirectory(cache.temporary(), "javacpp-");
  }

  private static void requireSpace(Path directory) throws IOException {
    boolean empty;
    try (Stream<Path> files = Files.list(directory)) {
      empty = files.findAny().isEmpty();
    }
    if (!empty) {
      return;
    }
    if (!Files.isWritable(directory)) {
      throw new IOException(directory + " is empty and cannot be written to");
    }
    if (Files.getFileStore(directory).getUsableSpace() < BYTES) {
      throw new IOException(directory + ": No space left on device for " + BYTES + " bytes");
    }
  }

  private static void requireUsed(Path wanted, Path used) throws IOException {
    if (Files.exists(wanted) && Files.isSameFile(wanted, used)) {
      return;
    }
    String problem = Ownership.problemOfPath(used);
    if (problem != null) {
      throw new NativeLoadException(
          "JavaCPP unpacks its libraries to "
              + used
              + ", and "
              + problem
              + "; start Java with -D"
              + PROPERTY
              + " set to a directory that belongs to this user alone");
    }
  }
}
