/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Builds the CUDA kernels, their JNI libraries and what stands in for a GPU in tests. Run by Maven,
 * which compiles it first: {@code NativeBuild library} makes what goes into the jar, {@code
 * NativeBuild test} the libraries that the tests load, and runs the C++ tests.
 */
final class NativeBuild {
  private static final String DRIVER = "io.github.influence4j.cuda.device.CudaDriver";
  private static final String KERNELS = "io.github.influence4j.cuda.device.Kernels";
  private static final String CONSTANTS = "io.github.influence4j.cuda.device.KernelConstants";
  private static final String UNFOLDING = "io.github.influence4j.cuda.device.UnfoldKernel";
  private static final Path DRIVER_SOURCES = Path.of("src", "main", "cpp");

  private final Build build = new Build();
  private final Cxx cxx = new Cxx(build, "The emulated CUDA kernels");

  private NativeBuild() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    try {
      new NativeBuild().run(arguments[0]);
    } catch (Build.BuildFailure e) {
      System.err.println(e.getMessage());
      System.exit(1);
    }
  }

  private void run(String target) throws IOException, InterruptedException {
    // Emulated first: of several ways to compile a file, editors take the first.
    List<Path> test = new ArrayList<>(new EmulatedKernels(build, cxx).declare());
    test.add(SeededBugs.declare(build));
    StandIns standIns = new StandIns(build, cxx);
    test.addAll(standIns.declare());
    Jni jni = new Jni(build, cxx, List.of(DRIVER, KERNELS), List.of(CONSTANTS, UNFOLDING));
    List<Path> library = new ArrayList<>();
    library.addAll(jni.library(DRIVER, DRIVER_SOURCES, List.of(), "-ldl"));
    // Linked with the stand-in, so that it needs no nvcc; whose references to cudart are none of
    // this library's business.
    library.addAll(
        jni.library(
            KERNELS,
            EmulatedKernels.SOURCES,
            List.of(standIns.kernels()),
            "-L" + StandIns.FOLDER + " -l:" + EmulatedKernels.SONAME));
    Path kernels = Jni.folder(KERNELS).resolve(EmulatedKernels.SONAME);
    if (new CompiledKernels(build, cxx).declare(kernels)) {
      library.addAll(List.of(kernels, jni.hash(kernels)));
      if (Cxx.CHECKS) {
        test.addAll(new InterpretedKernels(build).declare());
      }
    }
    cxx.writeDatabase();
    build.make(target.equals("test") ? test : library);
  }
}
