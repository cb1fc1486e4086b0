/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.examples.Cli;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whose rows are whose, and masks, against per-example gradients by plain loops. */
class ExplicitRowsTest extends CapturedExamples {
  /** As many rows as examples, so that sizes cannot tell; a batch holds 256 of the examples. */
  @ParameterizedTest
  @ValueSource(strings = {"--rows-first", "metadata"})
  void rowsBeforeExamples(String stated) throws IOException {
    int examples = 300;
    int rows = 300; // as many
    put("train", "rnn", examples, new long[] {rows, 3}, new long[] {rows, 2});
    put("train", "head", examples, new long[] {3}, new long[] {2});
    double[] mask = new double[examples * rows];
    Arrays.setAll(mask, i -> (i / rows + i % rows) % 5 == 0 ? 0 : 1);
    double[] expected = new double[examples];
    for (int e = 0; e < examples; e++) {
      double[] gradient = new double[2 * 4];
      for (int row = 0; row < rows; row++) {
        if (mask[e * rows + row] != 0) {
          addRow("train", "rnn", e, row, gradient);
        }
      }
      double[] head = linear("train", e, 3, 2, "head");
      expected[e] = NaiveGradients.dot(gradient, gradient) + NaiveGradients.dot(head, head);
    }
    tensors.put("train.mask.rnn", TensorView.of(mask, examples, rows));
    for (String name : List.of("train.act.rnn", "train.grad.rnn")) {
      tensors.replace(name, swapped(tensors.get(name)));
    }
    TensorView act = tensors.get("train.act.rnn"); // example 7, row 3 is padding
    act.set((3 * examples + 7) * 3, Double.NaN);
    if (stated.equals("metadata")) {
      metadata.put("rows-first", "rnn");
      run("--strategy", "identity");
    } else {
      run("--strategy", "identity", stated);
    }
    check("self", expected);
  }

  /** [a, b, columns] as [b, a, columns]. */
  private static TensorView swapped(TensorView tensor) {
    int a = (int) tensor.size(0);
    int b = (int) tensor.size(1);
    int columns = (int) tensor.size(2);
    TensorView out = TensorView.of(new double[tensor.elements()], b, a, columns);
    for (int i = 0; i < tensor.elements(); i++) {
      int row = i / columns;
      out.set((row % b * a + row / b) * columns + i % columns, tensor.get(i));
    }
    return out;
  }

  @Test
  void scoresOfRowsBeforeExamples() throws IOException {
    put("train", "fc", TRAIN, new long[] {ROWS, 3}, new long[] {ROWS, 2});
    put("query", "fc", QUERIES, new long[] {ROWS + 1, 3}, new long[] {ROWS + 1, 2});
    run("--per-row", "--linear");
    double[] expected = read("pairwise_rows");
    tensors.replaceAll((name, tensor) -> swapped(tensor));
    assertThat(run("--per-row", "--rows-first").out()).contains("linear, rows first");
    check("pairwise_rows", expected);
  }

  /** As many routed tokens as examples; row 2 is nobody's, examples 1 and 3 have none. */
  @Test
  void rowsWhoseExamplesAreStated() throws IOException {
    long[] rows = {6, 0, -1, 2, 6, 5, 4};
    put("train", "expert", rows.length, new long[] {5}, new long[] {2});
    put("train", "head", TRAIN, new long[] {5}, new long[] {2});
    tensors.get("train.act.expert").set(2 * 5, Double.NaN);
    owners.put("train.rows.expert", rows);
    Cli run = run("--strategy", "identity", "--per-layer");
    assertThat(run.out()).contains("linear, rows stated").doesNotContain("not used");
    double[][] gradients = new double[TRAIN][2 * 6];
    addRows("train", "expert", rows, gradients);
    check("self.expert", squares(gradients));
  }

  /** Uses of a tied layer, several batches, and no other layer; a query without a row. */
  @Test
  void rowsOfManyBatchesAndUses() throws IOException {
    Random random = new Random(5);
    owners.put("train.rows.a", random.longs(2000, 0, 600).toArray());
    owners.put("train.rows.a#1", new long[] {599, 3, 3, 0});
    owners.put("query.rows.a", new long[0]);
    owners.put("query.rows.a#1", new long[] {1});
    metadata.putAll(Map.of("tied", "a", "train.examples", "600", "query.examples", "2"));
    double[][] train = new double[600][2 * 6];
    double[][] queries = new double[2][2 * 6];
    owners.forEach(
        (name, rows) -> {
          String side = name.substring(0, 5);
          String use = name.substring(name.lastIndexOf('.') + 1);
          put(side, use, rows.length, new long[] {5}, new long[] {2});
          addRows(side, use, rows, side.equals("train") ? train : queries);
        });
    run("--strategy", "identity");
    check("pairwise", NaiveGradients.pairwise(queries, train));
    check("self", squares(train));
  }

  /** The rows of a convolution are images, of which an example may have several. */
  @Test
  void imagesWhoseExamplesAreStated() throws IOException {
    long[] images = {1, 0, 1, -1, 2};
    put("train", "conv", images.length, new long[] {4, 9}, new long[] {4, 4});
    owners.put("train.rows.conv", images);
    metadata.put("train.examples", "4");
    run("--strategy", "identity", "--conv", "conv:k=3,stride=2,groups=2");
    double[][] gradients = new double[4][wave("train", 0).length];
    for (int i = 0; i < images.length; i++) {
      double[] image = wave("train", i);
      if (images[i] >= 0) {
        double[] sum = gradients[(int) images[i]];
        Arrays.setAll(sum, j -> sum[j] + image[j]);
      }
    }
    check("self", squares(gradients));
  }

  private void addRows(String side, String use, long[] rows, double[][] gradients) {
    for (int row = 0; row < rows.length; row++) {
      if (rows[row] >= 0) {
        addRow(side, use, row, 0, gradients[(int) rows[row]]);
      }
    }
  }

  /** Each mask speaks about the rows of its layer, however many rows the other has. */
  @Test
  void masksOfSingleLayers() throws IOException {
    put("train", "decoder", TRAIN, new long[] {ROWS, 5}, new long[] {ROWS, 2});
    put("train", "encoder", TRAIN, new long[] {ROWS, 5}, new long[] {ROWS, 2});
    double[] mask = new double[TRAIN * ROWS];
    Arrays.setAll(mask, i -> i % ROWS == 1 ? 0 : 1);
    tensors.put("train.mask.encoder", TensorView.of(mask, TRAIN, ROWS));
    run("--strategy", "identity", "--linear", "decoder,encoder");
    double[] expected = new double[TRAIN];
    for (int e = 0; e < TRAIN; e++) {
      double[] all = linear("train", e, 5, 2, "decoder");
      double[] some = new double[all.length];
      for (int row = 0; row < ROWS; row++) {
        if (row != 1) {
          addRow("train", "encoder", e, row, some);
        }
      }
      expected[e] = NaiveGradients.dot(all, all) + NaiveGradients.dot(some, some);
    }
    check("self", expected);
  }

  @ParameterizedTest
  @ValueSource(strings = {"BOOL", "U8", "I64", "F32"})
  void maskedRowsCountForNothingWhateverTheyHold(String type) throws IOException {
    put("train", "fc", TRAIN, new long[] {ROWS, 5}, new long[] {ROWS, 2});
    put("query", "fc", QUERIES, new long[] {ROWS, 5}, new long[] {ROWS, 2});
    double[] mask = new double[TRAIN * ROWS];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = i % ROWS == 2 || i % 5 == 0 ? 0 : 1;
      if (mask[i] == 0) {
        tensors.get("train.act.fc").set(i * 5 + 1, Double.NaN);
        tensors.get("train.grad.fc").set(i * 2, Double.POSITIVE_INFINITY);
      }
    }
    Path file = folder.resolve("captures.safetensors");
    RawSafetensors.write(file, tensors, "train.mask", type, new long[] {TRAIN, ROWS}, mask);
    runFile(file, "--strategy", "identity", "--per-row", "--linear");

    double[][] queries = gradients(QUERIES, q -> linear("query", q, 5, 2, "fc"));
    double[] rows = new double[QUERIES * TRAIN * ROWS];
    double[] total = new double[QUERIES * TRAIN];
    for (int i = 0; i < rows.length; i++) {
      int example = i / ROWS % TRAIN;
      if (mask[example * ROWS + i % ROWS] != 0) {
        double[] gradient = new double[2 * 6];
        addRow("train", "fc", example, i % ROWS, gradient);
        rows[i] = NaiveGradients.dot(queries[i / (ROWS * TRAIN)], gradient);
        total[i / ROWS] += rows[i];
      }
    }
    check("pairwise_rows", rows);
    check("pairwise", total);
  }

  @Test
  void ekfacRowsOfTwoLayersAddUp() throws IOException {
    for (String layer : List.of("b.2", "b.10")) {
      put("train", layer, TRAIN, new long[] {ROWS, 3}, new long[] {ROWS, 2});
      put("query", layer, QUERIES, new long[] {ROWS + 1, 3}, new long[] {ROWS + 1, 2});
    }
    metadata.put("linear", "*");
    Cli run = run("--per-row", "--per-layer");
    assertThat(run.out().indexOf("b.2 ")).isLessThan(run.out().indexOf("b.10 "));
    double[] rows = read("pairwise_rows");
    double[] sums = new double[QUERIES * TRAIN];
    for (int i = 0; i < rows.length; i++) {
      sums[i / ROWS] += rows[i];
    }
    check("pairwise", sums);
  }
}
