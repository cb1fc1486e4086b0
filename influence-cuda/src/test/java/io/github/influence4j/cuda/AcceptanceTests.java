/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cuda;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.platform.launcher.LauncherDiscoveryRequest;
import org.junit.platform.launcher.LauncherSession;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/**
 * Runs tests of this package as a program of its own: where there is no Maven, and under
 * compute-sanitizer. Its last line is the result; it ends with 1 if a test fails or none is found.
 */
final class AcceptanceTests {
  private AcceptanceTests() {}

  public static void main(String[] classes) {
    String inPackage = AcceptanceTests.class.getPackageName() + ".";
    LauncherDiscoveryRequest request =
        LauncherDiscoveryRequestBuilder.request()
            .selectors(Arrays.stream(classes).map(name -> selectClass(inPackage + name)).toList())
            .build();
    SummaryGeneratingListener listener = new SummaryGeneratingListener();
    try (LauncherSession session = LauncherFactory.openSession();
        PrintWriter out =
            new PrintWriter(
                new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8)) {
      session.getLauncher().execute(request, listener);
      TestExecutionSummary summary = listener.getSummary();
      summary.printFailuresTo(out);
      out.printf(
          "RESULT: %d passed, %d failed, %d skipped%n",
          summary.getTestsSucceededCount(), summary.getTotalFailureCount(), skipped(summary));
      out.flush();
      Runtime.getRuntime().halt(passed(summary) ? 0 : 1);
    }
  }

  private static boolean passed(TestExecutionSummary summary) {
    return summary.getTotalFailureCount() == 0
        && summary.getTestsSucceededCount() + skipped(summary) > 0;
  }

  private static long skipped(TestExecutionSummary summary) {
    return summary.getTestsSkippedCount() + summary.getTestsAbortedCount();
  }
}
