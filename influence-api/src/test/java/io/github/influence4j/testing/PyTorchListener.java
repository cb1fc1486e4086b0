/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Loads PyTorch by our adapter before the first test of a module that has the adapter: a test that
 * touched PyTorch first could die with SIGBUS while another JVM unpacks it. With several JVMs for
 * tests, Surefire lists the classes in Maven's own first, which runs none.
 */
public final class PyTorchListener implements LauncherSessionListener {
  private static volatile boolean loaded;

  /** For the service loader. */
  public PyTorchListener() {}

  /** Whether it was loaded in this JVM. */
  public static boolean hasLoaded() {
    return loaded;
  }

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (System.getProperty("maven.home") != null) {
      return;
    }
    try {
      Class.forName("io.github.influence4j.pytorch.PyTorch").getMethod("load").invoke(null);
      loaded = true;
    } catch (ClassNotFoundException e) {
      // The module does without PyTorch.
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }
}
