/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.LauncherSessionListener;

/** Loads the stand-ins before the first test, unless the tests run on a GPU. */
public final class StandInsLoader implements LauncherSessionListener {
  /** For the service loader. */
  public StandInsLoader() {}

  @Override
  public void launcherSessionOpened(LauncherSession session) {
    if (!StandIns.real()) {
      StandIns.load();
    }
  }
}
