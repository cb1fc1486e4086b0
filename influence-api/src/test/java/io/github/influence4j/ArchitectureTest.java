/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.GeneralCodingRules;
import io.github.influence4j.testing.ArchitectureContract;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Three layers (public, SPI, internal) and one way for the data, as the architecture says. */
class ArchitectureTest extends ArchitectureContract {
  private static final String ROOT = "io.github.influence4j";
  private static final String INTERNAL = ROOT + ".internal..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ROOT);

  ArchitectureTest() {
    super(
        Influence.class,
        ROOT + ".internal.files.FolderLock", // for the examples
        ROOT + ".internal.reference.ReferenceBackend"); // the oracle of the contracts
  }

  @Test
  void theLibraryWasFound() {
    assertThat(CLASSES.contain(Influence.class)).isTrue();
    assertThat(CLASSES.contain(ArchitectureTest.class)).isFalse();
  }

  @Test
  void theSpiKnowsCaptureAndComputeOnly() {
    classes()
        .that()
        .resideInAPackage(ROOT + ".spi")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(
            ROOT + ".spi", ROOT + ".capture", ROOT + ".compute", "java..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void captureKnowsNothingElse() {
    classes()
        .that()
        .resideInAPackage(ROOT + ".capture")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage(ROOT + ".capture", "java..", "org.jspecify..")
        .check(CLASSES);
  }

  @Test
  void curvatureDoesNotKnowScoring() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + ".curvature")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(ROOT, ROOT + ".scoring")
        .check(CLASSES);
  }

  /** It is found by the service loader, like any other backend. */
  @Test
  void nobodyKnowsTheReferenceBackend() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + ".internal.reference")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + ".internal.reference")
        .check(CLASSES);
  }

  @Test
  void publicSignaturesDoNotShowInternals() {
    classes()
        .that()
        .resideOutsideOfPackage(INTERNAL)
        .and()
        .arePublic()
        .should(showNoInternals())
        .check(CLASSES);
  }

  @Test
  void theLibraryPrintsNothing() {
    GeneralCodingRules.NO_CLASSES_SHOULD_ACCESS_STANDARD_STREAMS.check(CLASSES);
    noClasses().should().callMethod(System.class, "exit", int.class).check(CLASSES);
  }

  private static ArchCondition<JavaClass> showNoInternals() {
    return new ArchCondition<>("show no internal type in a public or protected signature") {
      @Override
      public void check(JavaClass shown, ConditionEvents events) {
        Stream<JavaType> supertypes =
            Stream.concat(shown.getSuperclass().stream(), shown.getInterfaces().stream());
        supertypes.forEach(type -> report(shown, shown.getName(), type, events));
        for (JavaMember member : shown.getMembers()) {
          if (visible(member)) {
            types(member).forEach(type -> report(shown, member.getFullName(), type, events));
          }
        }
      }
    };
  }

  private static boolean visible(JavaMember member) {
    Set<JavaModifier> modifiers = member.getModifiers();
    return modifiers.contains(JavaModifier.PUBLIC) || modifiers.contains(JavaModifier.PROTECTED);
  }

  private static Stream<JavaType> types(JavaMember member) {
    if (member instanceof JavaField field) {
      return Stream.of(field.getType());
    }
    JavaCodeUnit unit = (JavaCodeUnit) member;
    return Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream());
  }

  private static void report(JavaClass owner, String where, JavaType type, ConditionEvents events) {
    String internals =
        type.getAllInvolvedRawTypes().stream()
            .map(JavaClass::getName)
            .filter(name -> name.startsWith(ROOT + ".internal."))
            .collect(Collectors.joining(", "));
    if (!internals.isEmpty()) {
      events.add(SimpleConditionEvent.violated(owner, where + " shows " + internals));
    }
  }
}
