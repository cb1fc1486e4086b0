/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Says what a failure to load a library means, and what to do about it. */
public final class LoadFailures {
  private static final Pattern DAMAGED =
      Pattern.compile(
          "invalid ELF header|file too short|cannot read file data|ELF load command|"
              + "ELF file's phentsize|object file has no|only ET_DYN|ELF file OS ABI|"
              + "ELF file version|cannot dynamically load");
  private static final Pattern OTHER_PROCESSOR =
      Pattern.compile("Possible cause: can't load|wrong ELF class|incompatible");
  private static final Pattern OLD_SYSTEM =
      Pattern.compile("version `((?:GLIBC|GLIBCXX|CXXABI|GCC)_[^']*)' not found");
  private static final Pattern NOT_EXECUTABLE =
      Pattern.compile("failed to map segment|cannot make segment|Operation not permitted");
  private static final Pattern FULL =
      Pattern.compile("No space left|quota exceeded", Pattern.CASE_INSENSITIVE);
  private static final Pattern NOT_WRITABLE =
      Pattern.compile("Permission denied|Read-only file system|Could not create the cache");
  private static final Pattern MISSING_LIBRARY =
      Pattern.compile("(\\S+): cannot open shared object file");
  private static final Pattern MISSING_NATIVES =
      Pattern.compile("no jni(javacpp|openblas|openblas_nolapack|pytorch) in java.library.path");
  private static final Pattern MISSING_CLASSES =
      Pattern.compile("(?:NoClassDefFoundError|ClassNotFoundException).*org[./]bytedeco[./](\\w+)");
  private static final Pattern ELSEWHERE = Pattern.compile("already loaded in another classloader");

  private LoadFailures() {}

  /** The failure to load a file of ours. */
  static NativeLoadException of(UnsatisfiedLinkError error, Path file) {
    return new NativeLoadException(reason(error, NativeLibraries.DIRECTORY), error);
  }

  /**
   * What a failure means.
   *
   * @param error what was thrown, with its causes
   * @return the reason in the words of the system and the fix, in one line
   */
  public static String reason(Throwable error) {
    return reason(error, JavaCppProperty.toMoveLibraries());
  }

  /** With the property that says where the library is unpacked to. */
  private static String reason(Throwable error, String property) {
    StringBuilder chain = new StringBuilder();
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof NativeLoadException) {
        return String.valueOf(cause.getMessage());
      }
      chain.append(chain.isEmpty() ? "" : ", because of ").append(cause);
    }
    String text = chain.toString();
    return "the native libraries do not load: " + text + "; " + fix(text, property);
  }

  private static String fix(String text, String property) {
    Matcher old = OLD_SYSTEM.matcher(text);
    if (old.find()) {
      return "this system is older than the libraries, which need "
          + old.group(1)
          + ": use a newer Linux distribution (glibc), or the reference backend";
    }
    if (OTHER_PROCESSOR.matcher(text).find()) {
      return "a library is for another processor or another JVM (32 bits): use the artifacts for"
          + " linux-x86_64 and a 64-bit JVM on x86-64";
    }
    if (NOT_EXECUTABLE.matcher(text).find()) {
      return "libraries must not be executed from that file system (mounted noexec?): set -D"
          + property
          + " to a directory of another one";
    }
    if (FULL.matcher(text).find()) {
      return "free some space (about 150 MB, with PyTorch 600 MB), or set -D"
          + property
          + " to a directory of another disk";
    }
    if (DAMAGED.matcher(text).find()) {
      return "a library is damaged: download the artifact that holds it again, or delete it from"
          + " the directory it was loaded from";
    }
    Matcher classes = MISSING_CLASSES.matcher(text);
    if (classes.find()) {
      return "the artifact org.bytedeco:"
          + classes.group(1)
          + " is missing: add it in the version that influence-native depends on";
    }
    Matcher natives = MISSING_NATIVES.matcher(text);
    if (natives.find() && !text.contains("cannot open shared object file")) {
      return "the artifact org.bytedeco:"
          + natives.group(1).replace("_nolapack", "")
          + " for linux-x86_64 is missing: add it, with that classifier, in the version that"
          + " influence-native depends on";
    }
    if (ELSEWHERE.matcher(text).find()) {
      return "another class loader has loaded it already: put JavaCPP and its presets into the class"
          + " loader that both have as a parent";
    }
    Matcher library = MISSING_LIBRARY.matcher(text);
    if (library.find()) {
      return "the library "
          + library.group(1)
          + " is missing on this system or in the directory: install it, or unpack again";
    }
    if (NOT_WRITABLE.matcher(text).find()) {
      return "set -D" + property + " to a directory that this user can write to";
    }
    return "check that the linux-x86_64 artifacts of javacpp and openblas are of the version that"
        + " influence-native depends on";
  }

  /** What an exception of the file system says, with the kind that its text leaves out. */
  static String text(Exception e) {
    if (e instanceof AccessDeniedException denied) {
      return denied.getFile() + ": Permission denied";
    }
    if (e instanceof NoSuchFileException missing) {
      return missing.getFile() + ": No such file or directory";
    }
    if (e instanceof FileSystemException || e instanceof IOException) {
      return String.valueOf(e.getMessage());
    }
    return e.toString();
  }
}
