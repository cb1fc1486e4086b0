/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.fit;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.Conv2d;
import io.github.influence4j.capture.GradientBatch;
import io.github.influence4j.capture.GradientSource;
import io.github.influence4j.capture.LayerBatch;
import io.github.influence4j.capture.LayerSpec;
import io.github.influence4j.capture.TensorView;
import io.github.influence4j.curvature.CurvatureStrategy;
import io.github.influence4j.internal.events.RunControl;
import io.github.influence4j.internal.planning.FitPlan;
import io.github.influence4j.internal.reference.ReferenceBackend;
import io.github.influence4j.spi.ComputeBackend;
import io.github.influence4j.spi.Unfolder;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What convolutions were unfolded to does not lie idle while matrices are decomposed. */
class UnfoldedMemoryTest {
  private static final LayerSpec LAYER = LayerSpec.conv2d("conv", Conv2d.of(1, 1, 2));
  private static final GradientSource DATA =
      sink ->
          sink.accept(
              GradientBatch.of(
                  1,
                  new LayerBatch(
                      "conv",
                      TensorView.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9}, 1, 1, 3, 3),
                      TensorView.of(new float[] {1, -2, 3, 1}, 1, 1, 2, 2))));

  private final List<Unfolder> open = new ArrayList<>();
  private int made;
  private int decompositions;

  private Object watched(Object result) {
    if (!(result instanceof Unfolder unfolder)) {
      return result;
    }
    made++;
    Unfolder counted =
        new Unfolder() {
          @Override
          public TensorView unfold(Conv2d geometry, TensorView images) {
            return unfolder.unfold(geometry, images);
          }

          @Override
          public void close() {
            open.remove(this);
            unfolder.close();
          }
        };
    open.add(counted);
    return counted;
  }

  @Test
  void isFreedBetweenThePasses() {
    ReferenceBackend reference = new ReferenceBackend();
    ComputeBackend backend =
        (ComputeBackend)
            Proxy.newProxyInstance(
                UnfoldedMemoryTest.class.getClassLoader(),
                new Class<?>[] {ComputeBackend.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("eigendecompose")) {
                    decompositions++;
                    assertThat(made).isPositive();
                    assertThat(open).isEmpty();
                  }
                  Object result = method.invoke(reference, arguments);
                  return result == null ? null : watched(result);
                });
    new PlannedFit(
            backend,
            new FitPlan(backend, List.of(LAYER), CurvatureStrategy.EKFAC, Long.MAX_VALUE),
            RunControl.NONE)
        .fit(DATA);
    assertThat(decompositions).isPositive();
    assertThat(open).isEmpty();
  }
}
