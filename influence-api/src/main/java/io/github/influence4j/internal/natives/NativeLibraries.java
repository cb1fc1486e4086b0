/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Loads the libraries of a jar. Each lies beside a file with its SHA-256, written by the build. It
 * is unpacked to {@code SHA-256/name} in the cache, and what is there is loaded only if its bytes
 * have that SHA-256: neither another build nor a damaged file nor a planted one is taken for it.
 */
public final class NativeLibraries {
  /** The system property that names the directory to use in place of the user's cache. */
  public static final String DIRECTORY = "influence4j.native.dir";

  private static final String PLATFORM = "linux-x86_64";
  private static final String ELSEWHERE = "already loaded in another classloader";
  private static final Object LOCK = new Object();

  private static @Nullable NativeCache cache;

  private NativeLibraries() {}

  /**
   * Unpacks and loads a library.
   *
   * @param owner the class with native methods, in the jar of the library
   * @param name file name of the library
   * @param load calls {@link System#load} from a class of the owner's class loader
   * @throws NativeLoadException if it cannot be loaded; says why and how to mend it
   */
  public static void load(Class<?> owner, String name, Consumer<String> load) {
    synchronized (LOCK) {
      Path file = unpacked(owner, name);
      try {
        load.accept(file.toString());
      } catch (UnsatisfiedLinkError e) {
        if (!isElsewhere(e)) {
          throw LoadFailures.of(e, file);
        }
        loadCopy(file, Objects.requireNonNull(file.getParent()), load);
      }
    }
  }

  /**
   * Loads a library that lies somewhere else, of the user's choice.
   *
   * @param file its path
   * @param load as for {@link #load}
   * @throws UnsatisfiedLinkError if it cannot be loaded, with the loader's text
   */
  public static void loadFile(Path file, Consumer<String> load) {
    synchronized (LOCK) {
      try {
        load.accept(file.toString());
      } catch (UnsatisfiedLinkError e) {
        if (!isElsewhere(e)) {
          throw e;
        }
        loadCopy(file, cache().temporary(), load);
      }
    }
  }

  private static boolean isElsewhere(UnsatisfiedLinkError e) {
    return String.valueOf(e.getMessage()).contains(ELSEWHERE);
  }

  /**
   * The cache of this class loader.
   *
   * @throws NativeLoadException if the directory that the user chose cannot be used
   */
  static NativeCache cache() {
    synchronized (LOCK) {
      if (cache == null) {
        cache = NativeCache.find();
      }
      return cache;
    }
  }

  /**
   * The JVM binds a file to one class loader, so another one gets a copy of its own. Once it is
   * loaded nobody needs the name.
   */
  private static void loadCopy(Path file, Path folder, Consumer<String> load) {
    Path copy = null;
    try {
      copy = Files.createTempFile(folder, "copy-", ".so");
      Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
      OwnerOnly.file(copy);
      load.accept(copy.toString());
    } catch (UnsatisfiedLinkError e) {
      throw LoadFailures.of(e, file);
    } catch (IOException e) {
      throw new NativeLoadException(
          "no copy of " + file + " can be made for a second class loader: " + LoadFailures.text(e),
          e);
    } finally {
      deleteCopy(copy);
    }
  }

  private static void deleteCopy(@Nullable Path copy) {
    try {
      if (copy != null) {
        Files.delete(copy);
      }
    } catch (IOException e) {
      copy.toFile().deleteOnExit();
    }
  }

  private static Path unpacked(Class<?> owner, String name) {
    String hash = expectedHash(owner, name);
    NativeCache places = cache();
    Path lasting = places.directory();
    if (lasting != null) {
      try {
        return unpackedTo(lasting, owner, name, hash);
      } catch (IOException e) {
        places.giveUp(e);
        if (places.chosen()) {
          throw places.unusable(e);
        }
      }
    }
    try {
      return unpackedTo(places.temporary(), owner, name, hash);
    } catch (IOException e) {
      places.giveUp(e);
      throw places.unusable(e);
    }
  }

  private static Path unpackedTo(Path directory, Class<?> owner, String name, String hash)
      throws IOException {
    Path folder = directory.resolve(hash);
    Path file = folder.resolve(name);
    if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && hash.equals(hash(file))) {
      return file;
    }
    OwnerOnly.directories(directory);
    OwnerOnly.directory(folder);
    Path unfinished = Files.createTempFile(folder, name, ".unfinished");
    try {
      String found = unpack(owner, name, unfinished);
      if (!found.equals(hash)) {
        throw new NativeLoadException(
            name
                + " in the jar of "
                + owner.getPackageName()
                + " is damaged: its SHA-256 is "
                + found
                + ", the build wrote "
                + hash
                + "; replace the jar");
      }
      OwnerOnly.file(unfinished);
      Files.move(
          unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(unfinished);
    }
    return file;
  }

  private static String unpack(Class<?> owner, String name, Path to) throws IOException {
    try (DigestInputStream in = new DigestInputStream(resource(owner, name), sha256())) {
      Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }

  private static String expectedHash(Class<?> owner, String name) {
    try (InputStream in = resource(owner, name + ".sha256")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw new NativeLoadException(
          name
              + " of "
              + owner.getPackageName()
              + " is not in the jar; use a jar that was built for "
              + PLATFORM,
          e);
    }
  }

  private static InputStream resource(Class<?> owner, String name) throws IOException {
    InputStream in = owner.getResourceAsStream(PLATFORM + "/" + name);
    if (in == null) {
      throw new NoSuchFileException(PLATFORM + "/" + name);
    }
    return in;
  }

  private static String hash(Path file) throws IOException {
    try (DigestInputStream in = new DigestInputStream(Files.newInputStream(file), sha256())) {
      in.transferTo(java.io.OutputStream.nullOutputStream());
      return HexFormat.of().formatHex(in.getMessageDigest().digest());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JVM must have SHA-256", e);
    }
  }
}
