/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Covariances on tensor cores: occupancy as compiled, and what an H100 would take, counted from the instructions of a
 * stage. The numbers of the kernel are those of covariance_tensor.cu.
 */
final class TensorReport {
  private static final int THREADS = 256;
  private static final int TILE_ROWS = 256;
  private static final int TILE_COLUMNS = 128;
  private static final int SEGMENT_ROWS = 4096;
  private static final int WARPS = THREADS / 32;

  /** Of a column in a stage. */
  private static final int STAGE_BYTES = 32;

  // An H100 at 1.7 GHz, per multiprocessor and clock.
  private static final int MULTIPROCESSORS = 132;
  private static final double CLOCK = 1.7e9;
  private static final double MULTIPLY_ADDS_OF_BYTES = 4096; // over the bytes of an element
  private static final double MMA_SHARE = 0.62;
  private static final double SHARED_BYTES = 128;
  private static final double L2_BYTES = 24;
  private static final double MEMORY_BYTES = 3.0e12 / MULTIPROCESSORS / CLOCK;

  /** Bytes of shared memory of a multiprocessor. */
  private static final Map<Integer, Integer> SHARED =
      Map.of(75, 64, 80, 164, 86, 100, 89, 100, 90, 228, 100, 228, 120, 100);

  private TensorReport() {}

  /** Threads of a multiprocessor. */
  private static final Map<Integer, Integer> MOST_THREADS =
      Map.of(75, 1024, 80, 2048, 86, 1536, 89, 1536, 90, 2048, 100, 2048, 120, 1536);

  /** Blocks a multiprocessor has room for, by threads, registers and shared memory of one. */
  static String occupancy(TreeMap<String, TreeMap<Integer, int[]>> kernels) {
    StringBuilder s = new StringBuilder();
    s.append("### Occupancy\n\n");
    s.append("Blocks of ")
        .append(THREADS)
        .append(
            " threads that a multiprocessor has room for, by threads, registers and static shared memory; `eigen_jacobi` has"
                + " more threads, and dynamic memory that leaves room for one.\n\n");
    s.append("| kernel |");
    SHARED.keySet().stream().sorted().forEach(a -> s.append(" sm_").append(a).append(" |"));
    s.append("\n|---|").append("---|".repeat(SHARED.size())).append('\n');
    kernels.forEach(
        (name, by) -> {
          if (!name.startsWith("eigen")) {
            s.append("| `").append(name).append("` |");
            boolean ampere = name.contains("Tf32Path") || name.contains("Bf16Path");
            by.forEach((a, used) -> s.append(' ').append(ampere && a < 80 ? "-" : blocks(a, used)).append(" |"));
            s.append('\n');
          }
        });
    return s.toString();
  }

  private static String blocks(int architecture, int[] used) {
    if (used[0] <= 8) {
      return "-"; // does nothing: not for this architecture
    }
    int registers = (used[0] + 7) / 8 * 8 * THREADS;
    int shared = used[1] + 1024;
    int byShared = SHARED.get(architecture) * 1024 / shared;
    int byThreads = MOST_THREADS.get(architecture) / THREADS;
    return String.valueOf(Math.min(byThreads, Math.min(65536 / registers, byShared)));
  }

  /** Outputs, inputs, rows an example, examples. */
  private static final int[][] SHAPES = {{768, 768, 256, 64}, {3072, 768, 256, 64}, {4096, 14336, 512, 8}};

  static String estimate() {
    StringBuilder s = new StringBuilder();
    s.append("### Covariances on tensor cores of an H100 (counted, not measured)\n\n");
    s.append(
        String.format(
            Locale.ROOT,
            "A stage of a tile of %d x %d takes the longest of: its products, %.0f clocks if mma.sync does %.2f of"
                + " what wgmma would (assumed); shared memory, ldmatrix and stores at %.0f bytes a clock, %.0f;"
                + " L2 at %.0f bytes a clock and multiprocessor, %.0f, on the diagonal %.0f. Rows are in the type of the"
                + " tensor cores; float rows for bfloat16 are twice the bytes. A flush moves 16 bytes an element of the"
                + " triangle at a multiprocessor's share of memory (split rows: 4, and covariance_reduce reads them). Time:"
                + " blocks over %d multiprocessors, rounded up. Share: of 800 TFLOP/s, TF32 400, by the flops of one"
                + " triangle.%n%n",
            TILE_ROWS,
            TILE_COLUMNS,
            tensor(),
            MMA_SHARE,
            SHARED_BYTES,
            shared(),
            L2_BYTES,
            l2(TILE_ROWS + TILE_COLUMNS),
            l2(TILE_ROWS),
            MULTIPROCESSORS));
    s.append("| P, M, T, E | inputs | tiles | blocks | waves | stages ms | flush ms | share of the peak |\n");
    s.append("|---|---|---|---|---|---|---|---|\n");
    for (int[] shape : SHAPES) {
      row(s, shape, "bfloat16", 2);
      row(s, shape, "TF32", 4);
    }
    return s.toString();
  }

  private static double tensor() {
    double elements = STAGE_BYTES; // rows times bytes of an element
    return TILE_ROWS * TILE_COLUMNS * elements / (MULTIPLY_ADDS_OF_BYTES * MMA_SHARE);
  }

  private static double shared() {
    double loads = WARPS * 8.0 * 32 * 16;
    return (loads + (TILE_ROWS + TILE_COLUMNS) * STAGE_BYTES) / SHARED_BYTES;
  }

  private static double l2(int columns) {
    return columns * STAGE_BYTES / L2_BYTES;
  }

  private static void row(StringBuilder s, int[] shape, String inputs, int elementBytes) {
    long n = (long) shape[2] * shape[3];
    long diagonal = 0;
    long tiles = 0;
    double elements = 0;
    for (int d : new int[] {shape[0], shape[1]}) {
      long rows = (d + TILE_ROWS - 1) / TILE_ROWS;
      long none = (d - 1) % TILE_ROWS < TILE_COLUMNS ? 1 : 0;
      diagonal += 2 * rows - none;
      tiles += rows * (rows + 1) - none;
      elements += d * (d + 1.0) / 2;
    }
    long segments = (n + SEGMENT_ROWS - 1) / SEGMENT_ROWS;
    boolean split = segments > 1 && tiles < 2 * MULTIPROCESSORS;
    long blocks = tiles * (split ? segments : 1);
    long waves = (blocks + MULTIPROCESSORS - 1) / MULTIPROCESSORS;
    double stagesOfBlock = (double) n / (split ? segments : 1) * elementBytes / STAGE_BYTES;
    double off = Math.max(tensor(), Math.max(shared(), l2(TILE_ROWS + TILE_COLUMNS)));
    double on = Math.max(tensor(), Math.max(shared(), l2(TILE_ROWS)));
    double clocks = waves * stagesOfBlock * ((tiles - diagonal) * off + diagonal * on) / tiles;
    double tileBytes = (double) TILE_ROWS * TILE_COLUMNS * (split ? 4 : 16 * segments);
    double flush = waves * tileBytes / MEMORY_BYTES / CLOCK;
    if (split) {
      flush += elements * (4 * segments + 16) / 3.0e12;
    }
    double ideal = 2 * n * elements / (elementBytes == 2 ? 800e12 : 400e12);
    s.append(
        String.format(
            Locale.ROOT,
            "| %d, %d, %d, %d | %s | %d | %d | %d | %.3f | %.3f | %.0f %% |%n",
            shape[0],
            shape[1],
            shape[2],
            shape[3],
            inputs,
            tiles,
            blocks,
            waves,
            1e3 * clocks / CLOCK,
            1e3 * flush,
            100 * ideal / (clocks / CLOCK + flush)));
  }
}
