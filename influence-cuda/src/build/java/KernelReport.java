/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what {@code ptxas -v} said of the kernels, fails if one spills or has a stack frame, and writes the tables of
 * docs/cuda-kernels.md: registers and shared memory as compiled, and the roofline of an H100. Run by cuda.xml:
 * {@code java KernelReport.java NVCC_VERSION REPORT DOCUMENT WRITE PTXAS_LOG...}; with WRITE true the tables in DOCUMENT are
 * replaced, otherwise only REPORT is written.
 */
public final class KernelReport {
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

  private KernelReport() {}

  /** See the class. */
  public static void main(String[] args) throws IOException {
    TreeMap<String, TreeMap<Integer, int[]>> kernels = new TreeMap<>();
    List<String> faults = new ArrayList<>();
    for (int i = 4; i < args.length; i++) {
      read(Path.of(args[i]), kernels, faults);
    }
    if (kernels.isEmpty()) {
      faults.add("ptxas reported no kernel");
    }
    if (!faults.isEmpty()) {
      faults.forEach(System.err::println);
      System.err.println("Kernels must not spill or use a stack: see forget() in device.cuh and __launch_bounds__.");
      System.exit(1);
    }
    String text = registers(args[0], kernels) + "\n" + roofline();
    Files.createDirectories(Path.of(args[1]).getParent());
    Files.writeString(Path.of(args[1]), text);
    if (args[3].equals("true")) {
      Path document = Path.of(args[2]);
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
    Matcher a = Pattern.compile("f|d|Li(\\d+)E|Lb([01])E|NS_\\d+([A-Za-z0-9]+?)E").matcher(rest);
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
                  : a.group(3) != null ? a.group(3) : a.group().equals("f") ? "float" : "double");
      at = a.end();
    }
    return name + "<" + String.join(", ", arguments) + ">";
  }

  private static String registers(String version, TreeMap<String, TreeMap<Integer, int[]>> kernels) {
    TreeSet<Integer> architectures = new TreeSet<>();
    kernels.values().forEach(k -> architectures.addAll(k.keySet()));
    StringBuilder s = new StringBuilder();
    s.append("### Registers and shared memory, as compiled by nvcc ").append(version).append("\n\n");
    s.append("Registers per thread; static shared memory in bytes (sm_80 and newer). No kernel spills or has a stack frame.\n\n");
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

  private static String roofline() {
    StringBuilder s = new StringBuilder();
    s.append("### Roofline of an H100 (calculated, not measured)\n\n");
    s.append(
        "64 examples of 256 rows (n = 16384 rows), 8 queries, rank 32, both sides of a layer of P outputs and M inputs. Flops count"
            + " a multiply-add as two, covariances one triangle. Bytes: every operand read once, every result written once."
            + " Peaks: 58 TFLOP/s float, 29 double, 800 bfloat16 and 400 TF32 on tensor cores, 3.0 TB/s. Expected: the bound over"
            + " 0.6 of the peak for arithmetic, 0.8 for memory; tiles that overhang and idle multiprocessors come on top.\n\n");
    s.append("| layer (P, M) | kernel | Gflop | MB | bound | bound ms | expected ms |\n|---|---|---|---|---|---|---|\n");
    for (double[] layer : new double[][] {{512, 128}, {768, 768}, {3072, 768}, {2304, 768}}) {
      double p = layer[0];
      double m = layer[1];
      double n = 64 * 256;
      double q = 8;
      double r = 32;
      double e = 64;
      double both = n * (p + m);
      double triangles = n * (p * (p + 1) + m * (m + 1));
      double masters = (p * p + m * m) / 2 * (16 + 8);
      row(s, layer, "pack, bfloat16 to float", 0, both * 6, FLOAT);
      row(s, layer, "covariance float", triangles, both * 4 + masters, FLOAT);
      row(s, layer, "covariance double", triangles, both * 8 + masters, DOUBLE);
      row(s, layer, "covariance TF32", triangles, both * 4 + masters, TENSOR_TF32);
      row(s, layer, "covariance bfloat16", triangles, both * 2 + masters, TENSOR_BF16);
      row(s, layer, "gemm: rotate rows of both sides", 2 * n * (p * p + m * m), both * 8 + 4 * (p * p + m * m), FLOAT);
      row(s, layer, "squares", 2 * n * p * m, both * 4 + 16 * p * m, FLOAT);
      row(s, layer, "weighted_squares, 1 weight", 2 * n * p * m + 3 * e * p * m, both * 4 + 4 * p * m, FLOAT);
      row(s, layer, "gradients", 2 * n * p * m, both * 4 + 4 * e * p * m, FLOAT);
      row(s, layer, "dense_squares", 2 * e * p * m, 4 * e * p * m + 16 * p * m, DOUBLE);
      row(s, layer, "score (a)", 2 * p * m * (n + q * e), both * 4 + 4 * q * p * m, FLOAT);
      row(s, layer, "score_rows (b)", 2 * n * q * p * m, both * 4 + 4 * q * p * m, FLOAT);
      row(s, layer, "score_rows_low_rank (c)", 2 * n * q * r * (p + m), both * 4 + 4 * q * r * (p + m), FLOAT);
      row(s, layer, "scale, 8 queries", q * p * m, 8 * q * p * m, FLOAT);
    }
    s.append(
        "\nSmall shapes: `eigen`, 132 matrices of 128 in float, 8 sweeps of 6 n³: 13.3 Gflop in shared memory, one block a"
            + " multiprocessor; bound by its 128 B/clock, 0.6 accesses of 4 bytes a flop: 1.1 ms and as much again for 254 barriers a"
            + " sweep. `topk_update`, 8 queries of 100 000 scores: one block a query reads 0.8 MB, latency bound, 40 us.\n");
    return s.toString();
  }

  private static void row(StringBuilder s, double[] layer, String kernel, double flops, double bytes, double peak) {
    double arithmetic = flops / peak;
    double memory = bytes / MEMORY;
    boolean bound = arithmetic >= memory;
    s.append(
        String.format(
            Locale.ROOT,
            "| (%.0f, %.0f) | %s | %.2f | %.1f | %s | %.4f | %.4f |%n",
            layer[0],
            layer[1],
            kernel,
            flops / 1e9,
            bytes / 1e6,
            bound ? "arithmetic" : "memory",
            1e3 * Math.max(arithmetic, memory),
            1e3 * Math.max(arithmetic / 0.6, memory / 0.8)));
  }
}
