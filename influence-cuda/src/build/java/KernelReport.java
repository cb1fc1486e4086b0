/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what {@code ptxas -v} said of the kernels, fails if one spills or has a stack frame, and writes the tables of
 * docs/cuda-kernels.md: registers and shared memory as compiled, and the roofline of an H100.
 */
final class KernelReport {
  private static final Pattern COMPILING = Pattern.compile("Compiling entry function '(\\w+)' for 'sm_(\\d+)'");
  private static final Pattern FRAME =
      Pattern.compile("(\\d+) bytes stack frame, (\\d+) bytes spill stores, (\\d+) bytes spill loads");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers.*?(?:, (\\d+) bytes smem)?(?:,|$)");
  private static final Pattern SHARED = Pattern.compile("(\\d+) bytes smem");

  // H100 SXM at 1.7 GHz: CUDA cores, tensor cores (dense), device memory (3.0 TB/s copied in practice).
  private static final double FLOAT = 58e12;
  private static final double DOUBLE = 29e12;
  private static final double TENSOR_BF16 = 800e12;
  private static final double TENSOR_TF32 = 400e12;
  private static final double MEMORY = 3.0e12;

  // Products of tensor.cuh, whose tiles read float rows from L2: multiply-adds of a tile over its bytes, at 24 bytes a clock and
  // multiprocessor.
  private static final double TILE_128 = 2 * 24 * 132 * 1.7e9 * 128 * 128 / (4 * (128 + 128));
  private static final double TILE_64 = 2 * 24 * 132 * 1.7e9 * 128 * 64 / (4 * (128 + 64));

  /** As they are mangled. */
  private static final Map<String, String> TYPES =
      Map.of("f", "float", "d", "double", "t", "uint16_t", "j", "uint32_t", "m", "uint64_t");

  private KernelReport() {}

  /**
   * Writes the tables.
   *
   * @param version of nvcc
   * @param logs what ptxas said
   * @param report a file for the tables
   * @param document whose generated tables to replace, or null
   */
  static void write(String version, List<Path> logs, Path report, Path document) throws IOException {
    TreeMap<String, TreeMap<Integer, int[]>> kernels = new TreeMap<>();
    List<String> faults = new ArrayList<>();
    for (Path log : logs) {
      read(log, kernels, faults);
    }
    if (kernels.isEmpty()) {
      faults.add("ptxas reported no kernel");
    }
    if (!faults.isEmpty()) {
      throw new Build.BuildFailure(
          String.join("\n", faults)
              + "\nKernels must not spill or use a stack: see forget() in device.cuh and __launch_bounds__.");
    }
    String text =
        registers(version, kernels)
            + "\n"
            + TensorReport.occupancy(kernels)
            + "\n"
            + TensorReport.estimate()
            + "\n"
            + roofline();
    Files.writeString(report, text);
    if (document != null) {
      String old = Files.readString(document);
      String begin = "<!-- generated -->\n";
      String end = "<!-- end of generated -->";
      Files.writeString(
          document,
          old.substring(0, old.indexOf(begin) + begin.length()) + text + old.substring(old.indexOf(end)));
    }
  }

  private static void read(Path log, TreeMap<String, TreeMap<Integer, int[]>> kernels, List<String> faults)
      throws IOException {
    String kernel = null;
    int architecture = 0;
    for (String line : Files.readAllLines(log)) {
      Matcher m = COMPILING.matcher(line);
      if (m.find()) {
        kernel = readable(m.group(1));
        architecture = Integer.parseInt(m.group(2));
        continue;
      }
      m = FRAME.matcher(line);
      if (m.find() && kernel != null) {
        if (!m.group(1).equals("0") || !m.group(2).equals("0") || !m.group(3).equals("0")) {
          faults.add(kernel + " for sm_" + architecture + ": " + line.strip());
        }
        continue;
      }
      m = USED.matcher(line);
      if (m.find() && kernel != null) {
        Matcher shared = SHARED.matcher(line);
        int bytes = shared.find() ? Integer.parseInt(shared.group(1)) : 0;
        kernels
            .computeIfAbsent(kernel, k -> new TreeMap<>())
            .put(architecture, new int[] {Integer.parseInt(m.group(1)), bytes});
        kernel = null;
      }
    }
  }

  /** {@code _ZN4infl9gemm_tileIfLi128EEEvNS_4GemmE} is {@code gemm_tile<float, 128>}. */
  static String readable(String mangled) {
    Matcher m = Pattern.compile("_ZN4infl(?:\\d+_INTERNAL_\\w+?E?)??(\\d+)").matcher(mangled);
    if (!m.lookingAt()) {
      return mangled;
    }
    int length = Integer.parseInt(m.group(1));
    int start = m.end();
    String name = mangled.substring(start, start + length);
    String rest = mangled.substring(start + length);
    if (!rest.startsWith("I")) {
      return name;
    }
    List<String> arguments = new ArrayList<>();
    Matcher a = Pattern.compile("[fdtjm]|Li(\\d+)E|Lb([01])E|NS_\\d+([A-Za-z0-9]+?)E").matcher(rest);
    int at = 1;
    while (at < rest.length() && rest.charAt(at) != 'E') {
      if (!a.find(at) || a.start() != at) {
        break;
      }
      arguments.add(
          a.group(1) != null
              ? a.group(1)
              : a.group(2) != null
                  ? (a.group(2).equals("1") ? "converting" : "copying")
                  : a.group(3) != null ? a.group(3) : TYPES.get(a.group()));
      at = a.end();
    }
    return name + "<" + String.join(", ", arguments) + ">";
  }

  private static String registers(String version, TreeMap<String, TreeMap<Integer, int[]>> kernels) {
    TreeSet<Integer> architectures = new TreeSet<>();
    kernels.values().forEach(k -> architectures.addAll(k.keySet()));
    StringBuilder s = new StringBuilder();
    s.append("### Registers and shared memory, as compiled by nvcc ").append(version).append("\n\n");
    s.append("Registers per thread; static shared memory in bytes (sm_80 and newer).")
        .append(" No kernel spills or has a stack frame.\n\n");
    s.append("| kernel |");
    architectures.forEach(a -> s.append(" sm_").append(a).append(" |"));
    s.append(" shared |\n|---|").append("---|".repeat(architectures.size() + 1)).append('\n');
    kernels.forEach(
        (name, by) -> {
          s.append("| `").append(name).append("` |");
          for (int a : architectures) {
            int[] used = by.get(a);
            s.append(' ').append(used == null ? "-" : used[0]).append(" |");
          }
          s.append(' ').append(by.lastEntry().getValue()[1]).append(" |\n");
        });
    return s.toString();
  }

  /** Outputs, inputs, rows an example, examples: large layers, then the shapes that gpu-acceptance.sh measures. */
  private static final int[][] SHAPES = {
    {512, 128, 256, 64},
    {768, 768, 256, 64},
    {3072, 768, 256, 64},
    {128, 257, 1, 256},
    {1024, 1025, 1, 4096},
    {4096, 4097, 512, 8},
  };

  private static String roofline() {
    StringBuilder s = new StringBuilder();
    s.append("### Roofline of an H100 (calculated, not measured)\n\n");
    s.append(
        "Layers of P outputs and M inputs, E examples of T rows (n = E T), 8 queries, rank 32; kernels of rows do both sides."
            + " Flops count a multiply-add as two, covariances one triangle. Bytes: every operand read once, every result"
            + " written once. Peaks: 58 TFLOP/s float, 29 double, 800 bfloat16 and 400 TF32 on tensor cores, 3.0 TB/s."
            + " Products on tensor cores by our tiles read float rows from L2, at 24 bytes a clock and multiprocessor: "
            + Math.round(TILE_128 / 1e12)
            + " TFLOP/s for tiles of 128 x 128, "
            + Math.round(TILE_64 / 1e12)
            + " for 128 x 64, of TF32 and bfloat16 alike; by cuBLAS the peak."
            + " Expected: the bound over 0.6 of the peak for arithmetic (covariances on tensor cores 0.4, counted above; L2 0.8), 0.8"
            + " for memory; tiles that overhang, idle multiprocessors and launches (some 3 us each) come on top.\n\n");
    s.append("| P, M, T, E | kernel | Gflop | MB | bound | bound ms | expected ms |\n");
    s.append("|---|---|---|---|---|---|---|\n");
    for (int[] shape : SHAPES) {
      rows(s, shape);
      examples(s, shape);
    }
    s.append(
        "\nOther shapes: `eigen`, 132 matrices of 128 in float, 8 sweeps of 6 n³: 13.3 Gflop in shared memory, one block a"
            + " multiprocessor; bound by its 128 B/clock, 0.6 accesses of 4 bytes a flop: 1.1 ms and as much again for 254"
            + " barriers a sweep. `topk_update`, 8 queries of 100 000 scores: one block a query reads 0.8 MB, latency bound,"
            + " 40 us; `add_scores` of as many: 19.2 MB, 8 us. `topk_clear`, `covariance_reduce`, `sum_rows`, `sum_tiles` and"
            + " `squares_formed` finish others and are within their rows.\n");
    return s.toString();
  }

  /** Kernels whose work is rows. */
  private static void rows(StringBuilder s, int[] shape) {
    double p = shape[0];
    double m = shape[1];
    double n = (double) shape[2] * shape[3];
    double both = n * (p + m);
    double triangles = n * (p * (p + 1) + m * (m + 1));
    double masters = (p * p + m * m) / 2 * (16 + 8);
    row(s, shape, "first_non_finite, bfloat16", 0, both * 2, FLOAT);
    row(s, shape, "row_magnitudes, bfloat16", 0, both * 2, FLOAT);
    row(s, shape, "pack, bfloat16 to float", 0, both * 6, FLOAT);
    row(s, shape, "covariance float", triangles, both * 4 + masters, FLOAT);
    row(s, shape, "covariance double", triangles, both * 8 + masters, DOUBLE);
    row(s, shape, "covariance TF32", triangles, both * 4 + masters, TENSOR_TF32);
    row(s, shape, "covariance bfloat16, binary16", triangles, both * 2 + masters, TENSOR_BF16);
    row(s, shape, "covariance_sum", p * p + m * m, 14 * (p * p + m * m), DOUBLE);
    double products = 2 * n * (p * p + m * m);
    double operands = both * 8 + 4 * (p * p + m * m);
    row(s, shape, "gemm: rotate rows", products, operands, FLOAT);
    row(s, shape, "cuBLAS: rotate rows, TF32", products, operands, TENSOR_TF32, 0.6);
    row(s, shape, "gemm: rotate rows, TF32", products, operands, TILE_128, 0.8);
  }

  /** Kernels whose work is gradients or scores. Single rows add a product of squared rows to Λ, in double. */
  private static void examples(StringBuilder s, int[] shape) {
    double p = shape[0];
    double m = shape[1];
    double e = shape[3];
    double n = shape[2] * e;
    double q = 8;
    double r = 32;
    double rows = n * (p + m) * 4;
    double formed = 4 * e * p * m;
    if (shape[2] == 1) {
      row(s, shape, "squares of single rows", 2 * n * p * m, rows + 16 * p * m, DOUBLE);
    } else {
      row(s, shape, "squares", 2 * n * p * m, rows + 16 * p * m, FLOAT);
      row(s, shape, "squares TF32", 2 * n * p * m, rows + 16 * p * m, TILE_64, 0.8);
    }
    row(s, shape, "weighted_squares, 1 weight", 2 * n * p * m + 3 * e * p * m, rows + 4 * p * m, FLOAT);
    if (shape[2] > 1) { // the gradient of one row is no sum
      row(s, shape, "weighted_squares TF32", 2 * n * p * m + 3 * e * p * m, rows + 4 * p * m, TILE_64, 0.8);
      row(s, shape, "accumulate_gradients TF32", 2 * n * p * m, rows + 8 * q * p * m, TILE_64, 0.8);
      row(s, shape, "gradients TF32", 2 * n * p * m, rows + formed, TILE_128, 0.8);
    }
    row(s, shape, "accumulate_gradients, 8 targets", 2 * n * p * m, rows + 8 * q * p * m, FLOAT);
    row(s, shape, "gradients", 2 * n * p * m, rows + formed, FLOAT);
    row(s, shape, "dense_squares", 2 * e * p * m, formed + 16 * p * m, DOUBLE);
    row(s, shape, "dense_weighted_squares, 1 weight", 3 * e * p * m, formed + 4 * p * m, FLOAT);
    row(s, shape, "dense_accumulate, 8 targets", e * p * m, formed + 8 * q * p * m, FLOAT);
    if (shape[2] > 1) { // (b) does all that (a) would
      row(s, shape, "score (a)", 2 * p * m * (n + q * e), rows + 4 * q * p * m, FLOAT);
      row(s, shape, "score (a) TF32", 2 * p * m * (n + q * e), rows + 4 * q * p * m, TILE_64, 0.8);
    }
    row(s, shape, "score_rows (b)", 2 * n * q * p * m, rows + 4 * q * p * m, FLOAT);
    row(s, shape, "score_rows (b) TF32", 2 * n * q * p * m, rows + 4 * q * p * m, TILE_128, 0.8);
    row(s, shape, "score_rows_low_rank (c)", 2 * n * q * r * (p + m), rows + 4 * q * r * (p + m), FLOAT);
    row(s, shape, "score_rows_low_rank (c) TF32", 2 * n * q * r * (p + m), rows + 4 * q * r * (p + m), TILE_64, 0.8);
    row(s, shape, "scale, 8 queries", q * p * m, 8 * q * p * m, FLOAT);
    row(s, shape, "add_scores and 2 topk_update", 3 * q * e, 40 * q * e, DOUBLE);
  }

  private static void row(StringBuilder s, int[] shape, String kernel, double flops, double bytes, double peak) {
    row(s, shape, kernel, flops, bytes, peak, peak >= TENSOR_TF32 ? 0.4 : 0.6);
  }

  private static void row(
      StringBuilder s, int[] shape, String kernel, double flops, double bytes, double peak, double share) {
    double arithmetic = flops / peak;
    double memory = bytes / MEMORY;
    boolean bound = arithmetic >= memory;
    s.append(
        String.format(
            Locale.ROOT,
            "| %d, %d, %d, %d | %s | %.2f | %.1f | %s | %.4f | %.4f |%n",
            shape[0],
            shape[1],
            shape[2],
            shape[3],
            kernel,
            flops / 1e9,
            bytes / 1e6,
            !bound ? "memory" : peak == TILE_128 || peak == TILE_64 ? "L2" : "arithmetic",
            1e3 * Math.max(arithmetic, memory),
            1e3 * Math.max(arithmetic / share, memory / 0.8)));
  }
}
