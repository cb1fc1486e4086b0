/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.pytorch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.set_num_threads;
import static org.bytedeco.pytorch.global.torch.tanh;

import io.github.influence4j.adapters.ResidentMemory;
import io.github.influence4j.capture.GradientSource;
import java.io.IOException;
import java.util.Collections;
import org.bytedeco.pytorch.LinearImpl;
import org.bytedeco.pytorch.Module;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** The garbage collector does not see native memory: batches must free theirs. */
final class MemoryTest {
  private static final int ROWS = 512;
  private static final int WIDTH = 128;

  private static final class Net extends Module {
    final TappedLinear in;
    final TappedLinear out;

    Net(Taps taps) {
      in = taps.linear("in", register_module("in", new LinearImpl(WIDTH, WIDTH)));
      out = taps.linear("out", register_module("out", new LinearImpl(WIDTH, WIDTH)));
      eval();
    }

    Tensor forward(Tensor x) {
      return out.forward(tanh(in.forward(x)));
    }
  }

  /**
   * Every batch captures 1 MB (4 tensors of 512 x 128 floats) and makes more beside it: without
   * scopes 1,000 batches grow by 2,750 MB.
   */
  @Test
  void residentMemoryStaysFlat() throws Exception {
    ResidentMemory.assertFlat(MemoryTest.class);
  }

  /** Prints the growth in kB. */
  public static void main(String[] arguments) throws IOException {
    set_num_threads(1);
    manual_seed(1);
    Taps taps = new Taps();
    Net net = new Net(taps);
    replay(taps, net, 200);
    long before = ResidentMemory.kilobytes();
    replay(taps, net, 1_000);
    System.out.println(ResidentMemory.kilobytes() - before);
  }

  private static void replay(Taps taps, Net net, int batches) {
    GradientSource source =
        new TorchGradients<>(
                taps,
                Collections.nCopies(batches, ROWS),
                rows -> ModelOutput.regression(net.forward(randn(rows, WIDTH)), randn(rows, WIDTH)))
            .dataLabels();
    int[] seen = {0};
    source.replay(batch -> seen[0] += batch.layers().get(0).activations().get(0) != 0 ? 1 : 0);
    assertThat(seen[0]).isEqualTo(batches);
  }
}
