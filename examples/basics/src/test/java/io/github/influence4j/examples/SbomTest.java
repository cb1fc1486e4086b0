/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * The lists of components that {@code package} writes have what users of a module run, and nothing
 * else. Where a module is not packaged yet ({@code mvn test}) its test is skipped, unless {@code
 * -Dinfluence4j.test.requireSboms=true}.
 */
final class SbomTest {
  private static final Path ROOT = Path.of("..", "..");
  private static final boolean REQUIRED = Boolean.getBoolean("influence4j.test.requireSboms");
  private static final Pattern COMPONENT =
      Pattern.compile("\"purl\"\\s*:\\s*\"pkg:maven/[^/\"]+/([^@\"]+)@");
  private static final List<String> MODULES =
      List.of(
          "influence-api",
          "influence-native",
          "influence-cuda",
          "integrations/influence-djl",
          "integrations/influence-huggingface",
          "integrations/influence-lucene",
          "integrations/influence-pytorch");

  @ParameterizedTest
  @FieldSource("MODULES")
  void aModuleListsWhatItRunsWith(String module) throws Exception {
    Set<String> components = components(module);
    assertThat(components).containsAll(dependencies(module, true));
    Set<String> tests = dependencies(module, false);
    tests.addAll(dependencies("", false));
    assertThat(tests).contains("junit-jupiter", "assertj-core", "jspecify");
    tests.removeAll(dependencies(module, true));
    assertThat(components).doesNotContainAnyElementsOf(tests);
  }

  @Test
  void theRootListsWhatAllModulesRunWith() throws Exception {
    Set<String> components = components("");
    boolean whole = MODULES.stream().allMatch(m -> components.contains(artifact(m)));
    assumeTrue(REQUIRED || whole, "only some modules were built");
    for (String module : MODULES) {
      assertThat(components).contains(artifact(module)).containsAll(dependencies(module, true));
    }
    assertThat(components)
        .doesNotContain("junit-jupiter", "assertj-core", "jspecify", "picocli", "jmh-core");
  }

  private static String artifact(String module) {
    return Path.of(module).getFileName().toString();
  }

  private static Set<String> components(String module) throws Exception {
    Path file = ROOT.resolve(module).resolve("target/bom.json");
    assumeTrue(REQUIRED || Files.exists(file), () -> "no " + file + ": not packaged");
    String json = Files.readString(file);
    assertThat(json).contains("\"bomFormat\" : \"CycloneDX\"").doesNotContain("serialNumber");
    return COMPONENT
        .matcher(json)
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** Of a module's POM: those that its users get, or the others. */
  private static Set<String> dependencies(String module, boolean atRunTime) throws Exception {
    Element project =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(ROOT.resolve(module).resolve("pom.xml").toFile())
            .getDocumentElement();
    NodeList all = project.getElementsByTagName("dependency");
    return Stream.iterate(0, i -> i < all.getLength(), i -> i + 1)
        .map(i -> (Element) all.item(i))
        .filter(SbomTest::ofTheProjectItself)
        .filter(dependency -> runs(dependency) == atRunTime)
        .map(dependency -> text(dependency, "artifactId"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static boolean ofTheProjectItself(Element dependency) {
    return dependency.getParentNode().getParentNode().getNodeName().equals("project");
  }

  private static boolean runs(Element dependency) {
    return !Set.of("test", "provided").contains(text(dependency, "scope"))
        && !text(dependency, "type").equals("test-jar");
  }

  /** Empty if there is no such element. */
  private static String text(Element element, String name) {
    NodeList found = element.getElementsByTagName(name);
    return found.getLength() == 0 ? "" : found.item(0).getTextContent().strip();
  }
}
