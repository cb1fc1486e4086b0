/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.cpu;

import io.github.influence4j.Influence;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.compute.Precision;
import io.github.influence4j.curvature.CurvatureFitter;
import io.github.influence4j.spi.BackendOptions;
import io.github.influence4j.spi.BackendTensor;
import io.github.influence4j.spi.ComputeBackend;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Closes what another thread uses; the JVM that runs it must live. */
final class CloseHammer {
  private CloseHammer() {}

  public static void main(String[] arguments) throws InterruptedException {
    Precision precision = Precision.valueOf(arguments[0]);
    int n = Integer.parseInt(arguments[1]);
    int rounds = Integer.parseInt(arguments[2]);
    if (arguments[3].equals("exit")) {
      exit(precision, n);
    }
    for (int round = 0; round < rounds; round++) {
      if (arguments[3].equals("fitter")) {
        fitter(precision, n, round);
      } else {
        tensors(precision, n, round);
      }
    }
  }

  private static GradientBatch batch(int n) {
    float[] a = new float[768 * n];
    Arrays.fill(a, 0.5f);
    LayerBatch rows =
        new LayerBatch("fc", TensorView.of(a, 768, n), TensorView.of(new float[768], 768, 1));
    return GradientBatch.of(768, rows);
  }

  private static void fitter(Precision precision, int n, int round) throws InterruptedException {
    Influence influence = influence(precision, n);
    CurvatureFitter fitter = influence.fitter();
    GradientBatch batch = batch(n);
    CountDownLatch busy = new CountDownLatch(1);
    Thread user =
        expectingClosed(
            () -> {
              while (true) {
                fitter.addCovariance(batch);
                busy.countDown();
              }
            });
    busy.await();
    Thread.sleep(5 + 11 * round);
    if (round % 2 == 0) {
      fitter.close();
    } else {
      influence.close();
    }
    user.join();
    fitter.close();
    influence.close();
  }

  private static Influence influence(Precision precision, int n) {
    return Influence.builder()
        .layers(LayerSpec.linear("fc", n, 1))
        .backend("cpu")
        .precision(precision)
        .build();
  }

  /** The same below the fitter. */
  private static void tensors(Precision precision, int n, int round) throws InterruptedException {
    ComputeBackend backend = new CpuBackendProvider().create(BackendOptions.of(precision, 2));
    BackendTensor tensor = backend.zeros(1, n, n);
    CountDownLatch busy = new CountDownLatch(1);
    Thread user =
        expectingClosed(
            () -> {
              while (true) {
                backend.concatenate(List.of(tensor, tensor)).close();
                tensor.toDoubles();
                busy.countDown();
              }
            });
    busy.await();
    Thread.sleep(5 + 3 * round);
    if (round % 2 == 0) {
      tensor.close();
    } else {
      backend.close();
    }
    user.join();
    tensor.close();
    backend.close();
  }

  private static Thread expectingClosed(Runnable work) {
    Thread user =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (IllegalStateException e) {
                if (!String.valueOf(e.getMessage()).contains("already closed")) {
                  throw e;
                }
              }
            });
    user.setUncaughtExceptionHandler(
        (thread, e) -> {
          e.printStackTrace();
          Runtime.getRuntime().halt(3);
        });
    user.start();
    return user;
  }

  /** Leaves in the middle of an eigendecomposition that was cancelled or not. */
  private static void exit(Precision precision, int n) throws InterruptedException {
    Influence influence = influence(precision, n);
    CurvatureFitter fitter = influence.fitter();
    fitter.addCovariance(batch(n));
    Thread user = new Thread(fitter::eigendecompose);
    user.setUncaughtExceptionHandler((thread, e) -> {});
    user.setDaemon(true);
    user.start();
    Thread.sleep(1500);
    System.exit(0);
  }
}
