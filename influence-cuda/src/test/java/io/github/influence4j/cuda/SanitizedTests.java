/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import io.github.influence4j.compute.Precision;
import io.github.influence4j.cuda.device.Tuning;
import io.github.influence4j.spi.ComputeBackend;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

/**
 * Every operation in both precisions, by our kernels and by the libraries, as a program of its own:
 * what gpu-acceptance.sh runs under compute-sanitizer, where the whole contract would take hours.
 */
final class SanitizedTests {
  private SanitizedTests() {}

  public static void main(String[] arguments) {
    SummaryGeneratingListener summary = new SummaryGeneratingListener();
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(selectClass(CudaBackendTest.class))
            .build();
    try (LauncherSession session = LauncherFactory.openSession();
        PrintWriter out =
            new PrintWriter(
                new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8)) {
      Launcher launcher = session.getLauncher();
      launcher.execute(request, summary);
      summary.getSummary().printTo(out);
      summary.getSummary().printFailuresTo(out);
      scenarios();
    }
    Runtime.getRuntime().halt(summary.getSummary().getTotalFailureCount() == 0 ? 0 : 1);
  }

  private static void scenarios() {
    for (Precision precision : Precision.values()) {
      for (int libraries = 0; libraries < 2; libraries++) {
        int limit = libraries == 0 ? 128 : 0;
        Tuning tuning = new Tuning(Math.max(1, limit), limit, 3, 1 << 20, 1 << 12);
        try (ComputeBackend backend = Scenario.backend(precision, tuning)) {
          Scenario.run(backend, 5);
        }
      }
    }
  }
}
