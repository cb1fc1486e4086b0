/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/**
 * Loads the stand-ins before the first test, unless the tests run on a GPU. With several JVMs for
 * tests, Surefire lists the classes in Maven's own first, which runs none.
 */
public final class StandInsLoader implements LauncherSessionListener {
  /** For the service loader. */
  public StandInsLoader() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    boolean lists = System.getProperty("maven.home") != null;
    if (!lists && !StandIns.real()) {
      StandIns.load();
    }
  }
}
