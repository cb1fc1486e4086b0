/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/** The BOM, which inherits nothing and so repeats much, keeps up with the modules. */
final class PublishedModulesTest {
  private static final Path ROOT = Path.of("..");

  /**
   * Read by central-publishing-maven-plugin, which bundles all else, whatever deploy:deploy skips.
   */
  private static final String HELD_BACK = "skipPublishing";

  private static final Path BOM = ROOT.resolve("integrations/influence-bom/pom.xml");

  @Test
  void bomHasEveryPublishedJarAndNothingElse() throws Exception {
    List<String> published = new ArrayList<>();
    for (Map.Entry<Path, Element> module : modules(ROOT).entrySet()) {
      Element project = module.getValue();
      boolean jar = text(project, "packaging").isEmpty();
      if (jar && !heldBack(module.getKey(), project)) {
        published.add(text(project, "artifactId"));
      }
    }
    assertThat(published).contains("influence-api", "influence-native", "influence-pytorch");
    List<String> managed = new ArrayList<>();
    for (Element dependency :
        children(
            child(child(project(BOM), "dependencyManagement"), "dependencies"), "dependency")) {
      assertThat(text(dependency, "groupId")).isEqualTo(text(project(BOM), "groupId"));
      assertThat(text(dependency, "version")).isEqualTo("${project.version}");
      managed.add(text(dependency, "artifactId"));
    }
    assertThat(managed).containsExactlyInAnyOrderElementsOf(published);
  }

  /** And takes Javadoc from every jar, so a module without it must be held back. */
  @Test
  void everyPomHasWhatMavenCentralAsksFor() throws Exception {
    Element root = project(ROOT.resolve("pom.xml"));
    assertThat(root.getAttribute("child.project.url.inherit.append.path")).isEqualTo("false");
    for (Map.Entry<Path, Element> module : modules(ROOT).entrySet()) {
      Element project = module.getValue();
      if (heldBack(module.getKey(), project)) {
        continue;
      }
      for (String own : List.of("name", "description")) {
        assertThat(text(project, own)).as("%s of %s", own, module.getKey()).isNotEmpty();
      }
      // Inherited from the root, but by the BOM.
      Element first = children(project, "parent").isEmpty() ? project : root;
      for (String common : List.of("url", "licenses", "developers", "scm")) {
        assertThat(text(first, common)).as("%s of %s", common, module.getKey()).isNotEmpty();
      }
      for (Element properties : children(project, "properties")) {
        assertThat(text(properties, "maven.javadoc.skip")).as("%s", module.getKey()).isEmpty();
      }
    }
  }

  /** Else who imports it gets our versions of JUnit and PyTorch. */
  @Test
  void bomHasNoParentButTheRootsVersionAndTools() throws Exception {
    Element bom = project(BOM);
    Element root = project(ROOT.resolve("pom.xml"));
    assertThat(children(bom, "parent")).isEmpty();
    for (String same : List.of("groupId", "version", "url")) {
      assertThat(text(bom, same)).as(same).isEqualTo(text(root, same));
    }
    String timestamp = "project.build.outputTimestamp";
    assertThat(text(child(bom, "properties"), timestamp))
        .isEqualTo(text(child(root, "properties"), timestamp));
    assertThat(pluginVersions(root)).containsAllEntriesOf(pluginVersions(bom));
    assertThat(pluginVersions(bom)).containsKey("central-publishing-maven-plugin");
  }

  /** Of the POM in a directory and those of its modules. */
  private static Map<Path, Element> modules(Path directory) throws Exception {
    Map<Path, Element> out = new TreeMap<>();
    Element project = project(directory.resolve("pom.xml"));
    out.put(directory, project);
    for (Element modules : children(project, "modules")) {
      for (Element module : children(modules, "module")) {
        out.putAll(modules(directory.resolve(module.getTextContent().strip())));
      }
    }
    return out;
  }

  /** By its own property or that of the POM above. */
  private static boolean heldBack(Path directory, Element project) throws Exception {
    for (Element properties : children(project, "properties")) {
      if (text(properties, HELD_BACK).equals("true")) {
        return true;
      }
    }
    Path above = directory.resolve("..").normalize();
    return Files.exists(above.resolve("pom.xml"))
        && !directory.equals(ROOT)
        && heldBack(above, project(above.resolve("pom.xml")));
  }

  private static Map<String, String> pluginVersions(Element project) {
    Map<String, String> out = new TreeMap<>();
    for (Element plugin : elements(project.getElementsByTagName("plugin"))) {
      String version = text(plugin, "version");
      if (!version.isEmpty()) {
        out.put(text(plugin, "artifactId"), version);
      }
    }
    return out;
  }

  private static Element project(Path pom) throws Exception {
    Document document;
    try (var in = Files.newInputStream(pom)) {
      document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(in);
    } catch (IOException e) {
      throw new IOException("No POM " + pom.toAbsolutePath(), e);
    }
    return document.getDocumentElement();
  }

  private static Element child(Element parent, String name) {
    List<Element> found = children(parent, name);
    assertThat(found).as(name).hasSize(1);
    return found.get(0);
  }

  private static List<Element> children(Element parent, String name) {
    return elements(parent.getChildNodes()).stream()
        .filter(element -> element.getTagName().equals(name))
        .toList();
  }

  private static List<Element> elements(org.w3c.dom.NodeList nodes) {
    return Stream.iterate(0, i -> i < nodes.getLength(), i -> i + 1)
        .map(nodes::item)
        .filter(node -> node.getNodeType() == Node.ELEMENT_NODE)
        .map(Element.class::cast)
        .toList();
  }

  /** Empty if there is no such child. */
  private static String text(Element parent, String name) {
    return children(parent, name).stream()
        .findFirst()
        .map(element -> element.getTextContent().strip())
        .orElse("");
  }
}
