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
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
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
      String before = System.getProperty(JavaCppProperty.NAME);
      boolean ours = System.getProperty(OWNER) != null;
      try {
        if (before != null && !ours) {
          JavaCppProperty.isElsewhere();
          requireUsed(Path.of(before), inUse.get());
          return;
        }
        if (!identity.equals(System.getProperty(OWNER))) {
          System.setProperty(JavaCppProperty.NAME, directory(ours).toString());
          System.setProperty(OWNER, identity);
        }
        requireUsed(Path.of(System.getProperty(JavaCppProperty.NAME)), inUse.get());
      } catch (IOException e) {
        throw new NativeLoadException(LoadFailures.reason(e), e);
      }
    }
  }

  /**
   * Deletes what JavaCPP unpacked from another build or what was damaged since, by the checksums in
   * the jar; JavaCPP itself looks at size and time. What it would not take is left to it: another
   * process may be writing that.
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
    List<JarEntry> entries =
        jar.stream().filter(entry -> entry.getName().startsWith(folder)).toList();
    if (!damaged(unpacked, entries).isEmpty()) {
      deleteDamaged(cache, unpacked, entries);
    }
  }

  /** Under JavaCPP's lock, as it unpacks: by then another process may have unpacked them again. */
  @SuppressWarnings("try") // the lock is held, not used
  private static void deleteDamaged(Path cache, Path unpacked, List<JarEntry> entries)
      throws IOException {
    // A lock is the process's; JavaCPP's threads and its copies in other class loaders wait here.
    synchronized (Runtime.getRuntime()) {
      try (FileChannel channel =
              FileChannel.open(
                  cache.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        for (Path file : damaged(unpacked, entries)) {
          LOGGER.log(Level.DEBUG, "Damaged, to be unpacked again: {0}", file);
          Files.delete(file);
        }
      }
    }
  }

  /** What JavaCPP would take for a library of the jar, and is none. */
  private static List<Path> damaged(Path unpacked, List<JarEntry> entries) throws IOException {
    List<Path> found;
    try (Stream<Path> files = Files.list(unpacked)) {
      found = files.filter(file -> Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)).toList();
    }
    List<Path> damaged = new ArrayList<>();
    for (Path file : found) {
      long size = Files.size(file);
      long time = Files.getLastModifiedTime(file).toMillis();
      List<JarEntry> taken =
          entries.stream().filter(e -> e.getSize() == size && e.getTime() == time).toList();
      if (!taken.isEmpty()) {
        long checksum = checksum(file);
        if (taken.stream().noneMatch(e -> e.getCrc() == checksum)) {
          damaged.add(file);
        }
      }
    }
    return damaged;
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
        OwnerOnly.directories(lasting);
        OwnerOnly.directory(directory);
        requireSpace(directory);
        return directory;
      } catch (IOException e) {
        cache.giveUp(e);
        if (cache.chosen()) {
          throw cache.unusable(e);
        }
      }
    }
    return OwnerOnly.temporaryDirectory(cache.temporary(), "javacpp-");
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
    JavaCppProperty.isElsewhere();
    String problem = Ownership.problemOfPath(used);
    if (problem != null) {
      throw new NativeLoadException(
          "JavaCPP unpacks its libraries to "
              + used
              + ", and "
              + problem
              + "; start Java with -D"
              + JavaCppProperty.NAME
              + " set to a directory that belongs to this user alone");
    }
  }
}
