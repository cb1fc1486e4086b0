/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.examples.fidelity;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.influence4j.examples.Cli;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FidelityCommandTest {
  @TempDir private Path folder;

  /** What is asked for, not what comes out; diabetes is measured as for the document. */
  @Test
  void scoresOfDiabetesAreWorthWhatIsAskedFor() throws Exception {
    Path out = folder.resolve("fidelity.md");
    Cli run = Cli.run("fidelity", "--quick", "--out", out, "--work", folder.resolve("work"));
    assertThat(run.code()).as(run.err()).isZero();
    String document = Files.readString(out);

    String datamodels = section(document, "Linear datamodelling score: diabetes");
    List<Double> ekfac = numbers(datamodels, "EK-FAC");
    assertThat(ekfac.get(0)).as("one model").isGreaterThanOrEqualTo(0.69);
    assertThat(ekfac.get(3)).as("ensemble").isGreaterThanOrEqualTo(0.72);
    double diagonal = numbers(datamodels, "diagonal").get(0);
    double identity = numbers(datamodels, "gradient dot product").get(0);
    assertThat(ekfac.get(0)).isGreaterThanOrEqualTo(diagonal);
    assertThat(diagonal).isGreaterThanOrEqualTo(identity);
    List<Double> control = numbers(datamodels, "control: gradient norm");
    assertThat(control.get(1)).as("interval around 0").isNegative();
    assertThat(control.get(2)).as("interval around 0").isPositive();

    String response = section(document, "Proximal Bregman response: diabetes");
    assertThat(numbers(response, "0.1 | exact").get(0)).isGreaterThanOrEqualTo(0.99);
    assertThat(numbers(response, "0.1 | EK-FAC").get(0)).isGreaterThanOrEqualTo(0.9);
    assertThat(numbers(response, "0.01 | EK-FAC, refined").get(1)).isGreaterThanOrEqualTo(0.99);

    String removal = section(document, "Without the strongest proponents: diabetes");
    assertThat(numbers(removal, "EK-FAC").get(1)).as("lower end of the rise").isPositive();

    for (String picture : List.of("diabetes-datamodels", "digits-datamodels", "digits-cost")) {
      assertThat(document).contains("(fidelity/" + picture + ".svg)");
      DocumentBuilderFactory.newInstance()
          .newDocumentBuilder()
          .parse(folder.resolve("fidelity").resolve(picture + ".svg").toFile());
    }
  }

  private static String section(String document, String title) {
    int from = document.indexOf("## " + title);
    assertThat(from).as(title).isNotNegative();
    int to = document.indexOf("\n## ", from);
    return document.substring(from, to < 0 ? document.length() : to);
  }

  /** Of a row, from left to right. */
  private static List<Double> numbers(String section, String row) {
    Matcher line = Pattern.compile("(?m)^\\| " + Pattern.quote(row) + " \\|(.*)$").matcher(section);
    assertThat(line.find()).as(row).isTrue();
    return Pattern.compile("-?\\d+\\.\\d+")
        .matcher(line.group(1))
        .results()
        .map(number -> Double.valueOf(number.group()))
        .toList();
  }

  @ParameterizedTest
  @CsvSource({
    "--out,fidelity.txt,name a file that ends in .md",
    "--out,no/such/folder/x.md,name a file in a folder that exists",
    "--work,,Missing required parameter",
    "--quik,x,Unknown option",
  })
  void saysInOneLineWhatIsWrong(String option, String value, String message) {
    Cli run = value == null ? Cli.run("fidelity", option) : Cli.run("fidelity", option, value);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().strip()).contains(message).hasLineCount(1);
  }

  @Test
  void refusesAFolderOfAnotherExperiment() throws Exception {
    Path work = Files.createDirectories(folder.resolve("work/diabetes-halves"));
    Files.writeString(work.resolve("experiment.txt"), "experiment: something else\n");
    Path out = folder.resolve("fidelity.md");
    Cli run = Cli.run("fidelity", "--quick", "--out", out, "--work", folder.resolve("work"));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err().strip()).contains("holds another experiment").hasLineCount(1);
    assertThat(out).doesNotExist();
  }
}
