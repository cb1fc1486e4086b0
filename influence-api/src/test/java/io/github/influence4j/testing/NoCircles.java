/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.function.Function;

/** What holds in every module: neither packages nor classes depend on each other in a circle. */
public final class NoCircles {
  private NoCircles() {}

  /**
   * Checks a module.
   *
   * @param member any of its classes; all that are compiled to the same folder are looked at
   */
  public static void assertIn(Class<?> member) {
    JavaClasses module =
        new ClassFileImporter()
            .importUrl(member.getProtectionDomain().getCodeSource().getLocation());
    assertThat(module.contain(member)).isTrue();
    check(module, "packages", JavaClass::getPackageName);
    check(module, "classes", NoCircles::outermost);
  }

  private static String outermost(JavaClass nested) {
    return nested.getEnclosingClass().map(NoCircles::outermost).orElse(nested.getName());
  }

  private static void check(JavaClasses module, String what, Function<JavaClass, String> part) {
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
}
