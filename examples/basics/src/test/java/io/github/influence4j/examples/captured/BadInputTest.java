/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.captured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.influence4j.capture.TensorView;
import io.github.influence4j.examples.Cli;
import io.github.influence4j.store.Safetensors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each mistake ends with exit code 2 and one line that names the tensor and the fix. */
class BadInputTest {
  private static final String EOL = System.lineSeparator();

  @TempDir private Path folder;
  private final Map<String, TensorView> tensors = new TreeMap<>();
  private final Map<String, String> metadata = new TreeMap<>(Map.of("linear", "fc"));

  @BeforeEach
  void goodCaptures() {
    for (String side : List.of("train", "query")) {
      put(side + ".act.fc", 6, 4, 3);
      put(side + ".grad.fc", 6, 4, 2);
    }
  }

  private void put(String name, long... shape) {
    tensors.put(name, Tensors.random(1, shape));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--damping | soon | --damping must be heuristic or a positive number",
        "--damping | 0 | Damping must be positive",
        "--damping | NaN | Damping must be positive",
        "--svd | full | give --rank too",
        "--rank | 0 | --rank must be 1 or more",
        "--max-residual | 0.1 | give --rank too",
        "--rank | few | 'few' is not an int",
        "--strategy | shampoo | 'shampoo'",
        "--precision | f8 | 'f8'",
        "--backend | abacus | No backend named \"abacus\"",
        "--no-bias | fd | --no-bias names layer \"fd\"",
        "--conv | fd:k=3 | --conv names layer \"fd\"",
        "--linear | fd | --linear names layer \"fd\"",
        "--rows-first | fd | --rows-first names layer \"fd\"",
        "--conv | fc | name the layer",
        "--conv | fc:k=3x5 | --conv fc: k=3x5 has two sizes",
        "--conv | fc:k=9 | correct k, stride, pad or dilation",
        "--conv | fc:stride=2 | give the kernel size",
        "--conv | fc:k=3,foo=1 | \"foo=1\" is not one of",
        "--conv | fc:k=3,k=5 | given once",
        "--conv | fc:k=big | k=big is neither a number nor HEIGHTxWIDTH",
        "--conv | fc:k=0 | positive",
        "--conv | fc:k=3,mode=mirror | mode=mirror is none of",
        "--conv | fc:k=3,groups=2x2 | groups=2x2 is neither",
      })
  void options(String option, String value, String message) throws IOException {
    refused(message, option, value);
  }

  @Test
  void noSuchResidual() throws IOException {
    for (String residual : List.of("0", "-1", "1.5", "NaN")) {
      refused("--max-residual must be above 0", "--rank", "2", "--max-residual", residual);
    }
  }

  /** Pipes and devices are refused, not waited for. */
  @Test
  void specialFiles() throws Exception {
    Path pipe = folder.resolve("pipe");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();
    for (Path special : List.of(pipe, Path.of("/dev/zero"), Path.of("/dev/null"))) {
      Cli cli =
          assertTimeoutPreemptively(
              Duration.ofSeconds(60),
              () -> Cli.run("captured", "--inputs", special, "--out", folder.resolve("out")));
      assertThat(cli.code()).isEqualTo(2);
      assertThat(cli.err())
          .isEqualTo("error: " + special + ": is a pipe or a device; name a regular file" + EOL);
    }
  }

  /** A capture may hold what is of no use here; only what is asked for must be of use. */
  @Test
  void otherTypesBesideThoseUsed() throws IOException {
    Path file = folder.resolve("mixed");
    RawSafetensors.write(file, tensors, "token.ids", "F8_E4M3", new long[] {5}, new double[5]);
    Cli cli = Cli.run("captured", "--inputs", file, "--out", folder.resolve("out"), "--linear");
    assertThat(cli.code()).as(cli.err()).isZero();
    assertThat(cli.out()).contains("(not used: token.ids)");
  }

  @Test
  void missingPartners() throws IOException {
    tensors.remove("train.grad.fc");
    refused("Layer \"fc\": tensor \"train.grad.fc\" is missing; capture it together");
    put("train.grad.fc", 6, 4, 2);
    refused("tensor \"train.pseudograd.fc\" is missing", "--pseudo-gradients");
    tensors.remove("query.act.fc");
    refused("tensor \"query.act.fc\" is missing");
    put("query.act.fc", 6, 4, 3);
    put("query.act.fd", 6, 4, 3);
    refused("Tensor \"query.act.fd\" has no partner");
    tensors.remove("query.act.fd");
    put("train.act.fc#2", 6, 4, 3);
    refused(
        "\"fc#2\" may be a further use of layer \"fc\" or a layer of its own; say --tied \"fc\"");
    refused("Tensor \"train.act.fc#2\" has no partner", "--tied", "fc");
    refused("\"fc#2\": tensor \"train.grad.fc#2\" is missing", "--untied");
    tensors.remove("train.act.fc#2");
    refused("--tied names layer \"fd\"", "--tied", "fd,fc");
    refused("--tied and --untied contradict each other", "--tied", "fc", "--untied");
    tensors.clear();
    put("weights", 1);
    refused("No tensor named train.act.LAYER; the file holds [weights]");
  }

  @Test
  void wrongShapes() throws IOException {
    put("train.grad.fc", 6, 5, 2);
    refused("\"train.grad.fc\" has shape [6, 5, 2], expected [6, 4, 2] to go with");
    put("train.grad.fc", 5, 4, 2);
    refused("\"train.grad.fc\" has shape [5, 4, 2], expected 6 examples first");
    put("train.grad.fc", 6, 4, 2);
    put("query.act.fc", 6, 4, 2);
    refused("\"query.act.fc\" has shape [6, 4, 2], expected 3 columns");
    put("train.act.fc", 72);
    refused("\"train.act.fc\" has 1 dimensions");
    put("train.act.fc", 0, 4, 3);
    refused("no size 0");
  }

  @Test
  void wrongConvolutions() throws IOException {
    put("train.act.c", 6, 4, 5, 5);
    put("train.grad.c", 6, 2, 5, 5);
    tensors.keySet().removeIf(name -> name.endsWith(".fc"));
    metadata.clear();
    refused("so layer \"c\" is a convolution; describe it: --conv c:k=3");
    refused("but --conv and the input's shape [6, 4, 5, 5] make [6, 2, 3, 3]", "--conv", "c:k=3");
    refused("--conv c: groups=3 divides", "--conv", "c:k=3,pad=1,groups=3");
    refused("--conv names layer \"c\" twice", "--conv", "c:k=3,pad=1", "--conv", "c:k=3,pad=1");
    put("train.act.c", 6, 4);
    refused("save the raw input of the convolution", "--conv", "c:k=3,pad=1");
  }

  /** Not even where only one of the kinds fits the sizes: 4 rows in, 4 rows out. */
  @Test
  void threeDimensionsAreOfNoKindUntilItIsSaid() throws IOException {
    metadata.clear();
    refused("may be linear, [examples, rows, columns], or a 1-d convolution");
    refused("--linear fc (--linear alone for all layers), --rows-first fc for");
    refused("or --conv fc:k=3; or write \"linear\": \"fc\" into the file's metadata");
    refused("--conv names layer \"fc\", and so does", "--linear", "fc", "--conv", "fc:k=1");
    refused("said to be both linear", "--linear", "fc", "--rows-first", "fc");
    refused("said to be both linear", "--linear", "--rows-first");
    metadata.putAll(Map.of("linear", "fc", "rows-first", "fc"));
    refused("Layer \"fc\" is said to be both linear");
  }

  /** A name mistyped in the file says nothing of the layer that was meant. */
  @ParameterizedTest
  @ValueSource(strings = {"linear", "rows-first", "tied"})
  void metadataOfLayersThatAreNotThere(String key) throws IOException {
    put("train.act.fc#1", 6, 4, 3);
    put("train.grad.fc#1", 6, 4, 2);
    metadata.put("linear", "*");
    metadata.put("tied", "");
    metadata.merge(key, "fcc", (old, name) -> old.isEmpty() ? name : old + "," + name);
    tensors.keySet().removeIf(name -> name.startsWith("query."));
    refused(
        "The file's metadata \""
            + key
            + "\" names layer \"fcc\", which the file does not have; its layers are [fc, fc#1].");
  }

  @Test
  void wrongRowsFirst() throws IOException {
    for (String side : List.of("train", "query")) {
      put(side + ".act.head", 6, 3);
      put(side + ".grad.head", 6, 2);
    }
    refused(
        "\"train.act.head\" has shape [6, 3], expected 4 examples first, as \"train.act.fc\" has",
        "--rows-first",
        "fc");
    refused("Layer \"head\" is said to be rows-first, but", "--rows-first", "head");
  }

  @Test
  void wrongExamplesOfRows() throws IOException {
    put("train.act.mlp", 5, 3);
    put("train.grad.mlp", 5, 2);
    for (String side : List.of("query.act.", "query.grad.")) {
      tensors.put(side + "mlp", tensors.get(side.replace("query", "train") + "mlp"));
    }
    refused("\"train.act.mlp\" has shape [5, 3], expected 6 examples first");
    rows("\"train.rows.mpl\" names the examples of rows, but there are no", "mpl", "I64", 5);
    rows("tensor \"query.rows.mlp\" is missing; name the example", "mlp", "I64", 5);
    tensors.keySet().removeIf(name -> name.startsWith("query."));
    rows("\"train.rows.mlp\" is F32 of shape [5], expected one integer", "mlp", "F32", 5);
    rows("\"train.rows.mlp\" is BOOL of shape [5], expected one", "mlp", "BOOL", 5);
    rows("says that row 2 is of example 6, but there are examples 0 to 5", "mlp", "I64", 5, 6);
    rows("says that row 2 is of example -2", "mlp", "I64", 5, -2);
    rows("[5, 3], but \"train.rows.mlp\" names the examples of 4 rows", "mlp", "I64", 4);
    rows("[6, 4, 3], but \"train.rows.fc\" names the example of each row", "fc", "I64", 6);
    put("train.mask.mlp", 6, 4);
    rows("write -1 there for rows that do not count", "mlp", "I64", 5);
    tensors.remove("train.mask.mlp");
    tensors.keySet().removeIf(name -> name.endsWith(".fc"));
    rows("no shape tells how many examples there are", "mlp", "I64", 5);
  }

  @Test
  void noScoresOfRowsWhoseExamplesAreStated() throws IOException {
    tensors.keySet().removeIf(name -> name.startsWith("query."));
    put("train.act.mlp", 5, 3);
    put("train.grad.mlp", 5, 2);
    Path file = folder.resolve("captures.safetensors");
    RawSafetensors.write(file, tensors, "train.rows.mlp", "I64", new long[] {5}, new double[5]);
    String message = "--per-row: \"train.rows.mlp\" names the example of each row";
    refused(message, file, folder.resolve("out"), "--per-row", "--linear");
  }

  /** Refused, with an example named for each row, that of row 2 given. */
  private void rows(String message, String layer, String type, int rows, double... third)
      throws IOException {
    double[] examples = new double[rows];
    System.arraycopy(third, 0, examples, 2, third.length);
    Path file = folder.resolve("captures.safetensors");
    RawSafetensors.write(file, tensors, "train.rows." + layer, type, new long[] {rows}, examples);
    refused(message, file, folder.resolve("out"), "--linear");
  }

  @Test
  void wrongNumberOfExamples() throws IOException {
    for (String number : List.of("", "six", "0", "-6", "6.0", "99999999999")) {
      metadata.put("train.examples", number);
      refused("metadata has \"train.examples\": \"" + number + "\"; write the number of examples");
    }
    metadata.put("train.examples", "7");
    refused("\"train.act.fc\" has shape [6, 4, 3], expected 7 examples first");
  }

  @Test
  void wrongMasks() throws IOException {
    put("train.mask", 6, 5);
    refused("\"train.act.fc\" has 4 rows an example but \"train.mask\" has 5");
    put("train.mask", 24);
    refused("\"train.mask\" has shape [24], expected [6 examples, rows]");
    put("train.mask", 6, 4);
    tensors.get("train.mask").set(3, Double.NaN);
    refused("\"train.mask\" holds NaN");
    put("train.mask", 6, 4);
    for (String side : List.of("train", "query")) {
      put(side + ".act.fc", 6, 3);
      put(side + ".grad.fc", 6, 2);
    }
    refused("\"train.mask\" masks rows, but no layer has rows");
    tensors.remove("train.mask");
    put("train.mask.fd", 6, 1);
    refused(
        "\"train.mask.fd\" masks rows of a layer that the file does not have; its layers are [fc]");
  }

  @Test
  void tiedLayersThatAreNotThere() throws IOException {
    Path file = folder.resolve("captures.safetensors");
    put("train.act.fc#1", 6, 4, 3);
    put("train.grad.fc#1", 6, 4, 2);
    put("query.act.fc#1", 6, 4, 3);
    put("query.grad.fc#1", 6, 4, 2);
    for (String mistyped : List.of("fc,head", " fc", "FC")) {
      Safetensors.write(file, tensors, Map.of("tied", mistyped));
      String name = mistyped.replace("fc,", "");
      String message =
          "metadata \"tied\" names layer \"" + name + "\", which the file does not have";
      refused(message, file, folder);
    }
    tensors.remove("query.act.fc#1");
    tensors.remove("query.grad.fc#1");
    refused("Layer \"fc\": tensor \"query.act.fc#1\" is missing", "--tied", "fc");
  }

  @Test
  void numbersThatAreNone() throws IOException {
    tensors.get("query.grad.fc").set((4 * 3 + 2) * 2 + 1, Double.NaN);
    refused("\"query.grad.fc\" holds NaN at example 3, row 2, column 1");
  }

  @Test
  void rowsThatDoNotMatch() throws IOException {
    for (String side : List.of("train", "query")) {
      put(side + ".act.head", 6, 3);
      put(side + ".grad.head", 6, 2);
    }
    refused(
        "--per-row: \"train.grad.head\" has 1 rows an example, \"train.grad.fc\" has 4",
        "--per-row");
    tensors.keySet().removeIf(name -> name.endsWith(".head"));
    for (String side : List.of("train", "query")) {
      put(side + ".act.fc#1", 6, 4, 3);
      put(side + ".grad.fc#1", 6, 4, 2);
    }
    refused("--per-row: layer \"fc\" is used 2 times", "--per-row", "--tied", "fc");
  }

  @Test
  void wrongTypes() throws IOException {
    Path file = folder.resolve("captures.safetensors");
    tensors.remove("train.act.fc");
    RawSafetensors.write(
        file, tensors, "train.act.fc", "I64", new long[] {6, 4, 3}, new double[72]);
    refused("\"train.act.fc\" has dtype I64, expected F32, F64, F16 or BF16", file, folder);
    put("train.act.fc", 6, 4, 3);
    put("train.act.fc#1", 6, 4, 3);
    put("query.act.fc#1", 6, 4, 3);
    put("query.grad.fc#1", 6, 4, 2);
    tensors.put("train.grad.fc#1", TensorView.of(new float[48], 6, 4, 2));
    refused("\"train.grad.fc#1\" is F32, the first use of its layer F64", "--tied", "fc");
  }

  @Test
  void filesAndFolders() throws IOException {
    Path text = Files.writeString(folder.resolve("notes.txt"), "no safetensors here, only text");
    refused("notes.txt\": ", text, folder);
    refused("there is no readable file", folder.resolve("missing"), folder);
    refused("is a folder; name a file", folder, folder);
    Path good = folder.resolve("captures.safetensors");
    Safetensors.write(good, tensors, metadata);
    refused("--out: cannot write in", good, text);
    Path out = Files.createDirectory(folder.resolve("results"));
    Path taken = Files.copy(good, out.resolve("scores.safetensors"));
    byte[] captures = Files.readAllBytes(taken);
    refused("--out: the results would replace the captures", taken, out);
    Path link = Files.createSymbolicLink(out.resolve("factors.safetensors"), good);
    refused("--out: the results would replace the captures", good, out);
    assertThat(taken).hasBinaryContent(captures);
    assertThat(link).hasBinaryContent(captures);
    Cli run = Cli.run("captured", "--inputs", good);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().strip()).contains("Missing required option: '--out=DIR'").hasLineCount(1);
    Cli unnameable = Cli.run("captured", "--inputs", "a\0b", "--out", folder);
    assertThat(unnameable.code()).isEqualTo(2);
    assertThat(unnameable.err().strip())
        .contains("\"a\\u0000b\" holds a character that names of files cannot have here")
        .hasLineCount(1);
  }

  private void refused(String message, String... options) throws IOException {
    Path file = folder.resolve("captures.safetensors");
    Safetensors.write(file, tensors, metadata);
    refused(message, file, folder.resolve("out"), options);
    assertThat(folder.resolve("out/scores.safetensors")).doesNotExist();
  }

  private static void refused(String message, Path file, Path out, String... options) {
    List<Object> arguments = new ArrayList<>(List.of("captured", "--inputs", file, "--out", out));
    arguments.addAll(List.of(options));
    Cli run = Cli.run(arguments.toArray());
    assertThat(run.err().strip()).contains(message).startsWith("error: ").hasLineCount(1);
    assertThat(run.code()).isEqualTo(2);
  }
}
