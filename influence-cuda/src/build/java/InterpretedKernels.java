/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The tests of the kernels once more, on the PTX that nvcc made of them; the interpreter is in
 * src/test/cpp/ptx.
 */
final class InterpretedKernels {
  private final Build build;

  InterpretedKernels(Build build) {
    this.build = build;
  }

  /**
   * Declares what the tests print: of every kernel, and of the oldest architecture what depends on
   * it.
   */
  List<Path> declare() {
    return List.of(
        declare(CompiledKernels.EXECUTED, List.of()),
        declare(CompiledKernels.OLDEST, List.of("oldest")));
  }

  private Path declare(String architecture, List<String> chosen) {
    Path folder = CompiledKernels.PTX.resolve(architecture);
    List<Path> inputs = new ArrayList<>(List.of(EmulatedKernels.TEST));
    for (Path source : Cxx.sources(EmulatedKernels.SOURCES, ".cu")) {
      inputs.add(folder.resolve(source.getFileName() + ".ptx"));
    }
    Path passed = Path.of(EmulatedKernels.TEST + "-" + architecture + ".passed");
    List<String> command = Cxx.line("./" + EmulatedKernels.TEST, "--ptx", folder, chosen);
    build.step(
        List.of(passed),
        inputs,
        command,
        () -> {
          String said = Build.run(command);
          Build.print(said);
          Files.writeString(passed, said);
        });
    return passed;
  }
}
