/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.ArchConfiguration;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaConstructor;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What holds in every module: no circles, no long lists, and nothing public by accident. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS) // which reads the classes once
public abstract class ArchitectureContract {
  private static final int MOST_PARAMETERS = 7;
  private static final int MOST_LINES = 400;

  /** What a constructor gets beside what is written. */
  private static final int NAME_AND_ORDINAL = 2;

  private final Path folder;
  private final JavaClasses module;
  private final Set<String> exempt;

  /**
   * Looks at a module.
   *
   * @param member any of its classes; all that are compiled to the same folder are looked at
   * @param exempt names of classes that may take more or be public without need; give the reason
   */
  protected ArchitectureContract(Class<?> member, String... exempt) {
    this.exempt = Set.of(exempt);
    URL location = member.getProtectionDomain().getCodeSource().getLocation();
    folder = Path.of(uri(location));
    module = imported(location);
    assertThat(module.contain(member)).isTrue();
  }

  /** Without the classes of others, which the rules do not look into. */
  private static JavaClasses imported(URL location) {
    return ArchConfiguration.withThreadLocalScope(
        configuration -> {
          configuration.setResolveMissingDependenciesFromClassPath(false);
          return new ClassFileImporter().importUrl(location);
        });
  }

  @Test
  final void packagesFormNoCircle() {
    check("packages", JavaClass::getPackageName);
  }

  @Test
  final void classesFormNoCircle() {
    check("classes", ArchitectureContract::outermost);
  }

  @Test
  final void noConstructorTakesMoreThanSevenThings() {
    Set<String> found =
        module.stream()
            .filter(type -> !type.isAnonymousClass() && !type.isLocalClass())
            .flatMap(type -> type.getConstructors().stream())
            .filter(constructor -> parameters(constructor) > MOST_PARAMETERS)
            .filter(constructor -> !exempt.contains(constructor.getOwner().getName()))
            .map(JavaConstructor::getFullName)
            .collect(toCollection(TreeSet::new));
    assertThat(found).isEmpty();
  }

  @Test
  final void noSourceFileIsLongerThan400Lines() throws IOException {
    Path sources = folder.resolve("../../src").normalize(); // tests and builds, too
    try (Stream<Path> files = Files.walk(sources)) {
      List<Path> java = files.filter(file -> file.toString().endsWith(".java")).toList();
      assertThat(java).isNotEmpty().allSatisfy(ArchitectureContract::requireShort);
    }
  }

  /**
   * A public class of a package that the module does not export is there for other packages of the
   * module, for the service loader or for JavaCPP.
   */
  @Test
  final void nothingIsPublicForNobody() {
    Set<String> found =
        ModuleFinder.of(folder).findAll().stream()
            .map(ModuleReference::descriptor)
            .flatMap(this::publicForNobody)
            .collect(toCollection(TreeSet::new));
    assertThat(found).isEmpty();
  }

  private void check(String what, Function<JavaClass, String> part) {
    SliceAssignment parts =
        new SliceAssignment() {
          @Override
          public SliceIdentifier getIdentifierOf(JavaClass javaClass) {
            return SliceIdentifier.of(part.apply(javaClass));
          }

          @Override
          public String getDescription() {
            return what;
          }
        };
    slices().assignedFrom(parts).should().beFreeOfCycles().check(module);
  }

  private static String outermost(JavaClass nested) {
    return nested.getEnclosingClass().map(ArchitectureContract::outermost).orElse(nested.getName());
  }

  private static int parameters(JavaConstructor constructor) {
    JavaClass owner = constructor.getOwner();
    int all = constructor.getRawParameterTypes().size();
    if (owner.isEnum()) {
      return all - NAME_AND_ORDINAL;
    }
    return owner.isInnerClass() ? all - 1 : all;
  }

  private static void requireShort(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      assertThat(lines.count()).as("lines of %s", file).isLessThanOrEqualTo(MOST_LINES);
    }
  }

  private Stream<String> publicForNobody(ModuleDescriptor descriptor) {
    Set<String> exported =
        descriptor.exports().stream().map(ModuleDescriptor.Exports::source).collect(toSet());
    Set<String> services =
        descriptor.provides().stream().flatMap(p -> p.providers().stream()).collect(toSet());
    return module.stream()
        .filter(type -> !exported.contains(type.getPackageName()))
        .filter(ArchitectureContract::visible)
        .filter(type -> !services.contains(type.getName()))
        .filter(type -> !neededByJavaCpp(type))
        .filter(type -> !needed(type))
        .map(JavaClass::getName);
  }

  private static boolean visible(JavaClass type) {
    return type.getModifiers().contains(JavaModifier.PUBLIC)
        && type.getEnclosingClass().map(ArchitectureContract::visible).orElse(true);
  }

  private static boolean neededByJavaCpp(JavaClass type) {
    return Stream.concat(type.getAllRawSuperclasses().stream(), type.getAllRawInterfaces().stream())
        .anyMatch(above -> above.getPackageName().startsWith("org.bytedeco.javacpp"));
  }

  /** What is nested and what it is nested in are needed together: lambdas name neither. */
  private boolean needed(JavaClass type) {
    String file = outermost(type);
    return exempt.contains(file)
        || module.stream()
            .filter(other -> outermost(other).equals(file))
            .anyMatch(ArchitectureContract::usedFromOtherPackages);
  }

  private static boolean usedFromOtherPackages(JavaClass type) {
    return type.getDirectDependenciesToSelf().stream()
        .anyMatch(use -> !use.getOriginClass().getPackageName().equals(type.getPackageName()));
  }

  private static URI uri(URL location) {
    try {
      return location.toURI();
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
