/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.natives;

/** The property that says where JavaCPP unpacks, which a user may have set. */
final class JavaCppProperty {
  /** JavaCPP's own; read once, when it first needs the directory. */
  static final String NAME = "org.bytedeco.javacpp.cachedir";

  private static volatile boolean elsewhere;

  private JavaCppProperty() {}

  /** JavaCPP has another directory than ours, by the user's choice or by its own. */
  static void isElsewhere() {
    elsewhere = true;
  }

  /** The property to set to have the libraries of JavaCPP and its presets somewhere else. */
  static String toMoveLibraries() {
    return elsewhere ? NAME : NativeLibraries.DIRECTORY;
  }
}
