/*
 * SPDX-License-Identifier: Apache-2.0
 */
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Sorts a JNI source that JavaCPP generated: its classes, their members, and the functions.
 *
 * <p>JavaCPP writes them in the order in which it meets them, which is that of {@code
 * Class.getDeclaredMethods} and differs from one run of a JVM to the next, and so would the
 * library. A function depends on what is declared before it, not on other functions, so all of them
 * may come last. Classes are known by their place in a table, so each of their numbers changes: a
 * source that could hold one in a place we do not know of is refused.
 */
final class SortedJni {
  private static final String NAMES = "const char* JavaCPP_classNames";
  private static final String MEMBERS = "const char* JavaCPP_members";
  private static final String OFFSETS = "int JavaCPP_offsets";
  private static final String SIZES = "int JavaCPP_memberOffsetSizes";

  /** What has an element for each class. */
  private static final String TABLES =
      "JavaCPP_(?:classNames|classes|members|offsets|memberOffsetSizes)\\b";

  /** The functions that take the number of a class. */
  private static final String TAKERS =
      "JavaCPP_(?:get(?:Class|FieldID|MethodID|StaticMethodID)|createPointer|handleException)\\b";

  private static final Pattern NUMBER = Pattern.compile("(" + TAKERS + "\\(env, )(\\d+)");
  private static final Pattern DEALLOCATORS =
      Pattern.compile("(?:static void \\w+_deallocate(?:Array)?\\(.*\\}\n)+");
  private static final Pattern FUNCTION =
      Pattern.compile("JNIEXPORT \\S+ JNICALL Java_.*(?:;|\\{\n(?s:.*?)\n\\})\n");

  private record Member(String name, String offset) {}

  /** A class, and the number that JavaCPP gave it. */
  private record Row(int number, String name, List<Member> members) {}

  private final Path source;
  private String text;

  private SortedJni(Path source) throws IOException {
    this.source = source;
    this.text = Files.readString(source);
  }

  /** Sorts a file in place. */
  static void sort(Path source) throws IOException {
    SortedJni jni = new SortedJni(source);
    jni.sortClasses();
    jni.sortFunctions();
    Files.writeString(source, jni.text);
  }

  private void sortClasses() {
    List<Row> rows = rows();
    int[] numbers = new int[rows.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[rows.get(i).number] = i;
    }
    refuseUnknownNumbers(numbers.length);
    replace(NAMES, rows, Row::name);
    replace(MEMBERS, rows, row -> braced(row, Member::name));
    replace(OFFSETS, rows, row -> braced(row, Member::offset));
    replace(SIZES, rows, row -> String.valueOf(row.members.size()));
    text =
        NUMBER.matcher(text).replaceAll(use -> use.group(1) + numbers[number(use, numbers.length)]);
  }

  /** All classes, sorted. */
  private List<Row> rows() {
    List<String> names = table(NAMES);
    List<String> members = table(MEMBERS);
    List<String> offsets = table(OFFSETS);
    List<String> sizes = table(SIZES);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      Row row = new Row(i, names.get(i), members(members.get(i), offsets.get(i)));
      if (!sizes.get(i).equals(String.valueOf(row.members.size()))) {
        throw unknown(row + " of size " + sizes.get(i));
      }
      rows.add(row);
    }
    rows.sort(Comparator.comparing(Row::name));
    return rows;
  }

  /** The members of a class, sorted; those with an offset, and "sizeof" or, instead, NULL. */
  private List<Member> members(String names, String offsets) {
    String[] name = inBraces(names).split(", ");
    String[] offset = inBraces(offsets).split(", (?=(?:offset|size)of\\()");
    List<Member> members = new ArrayList<>();
    for (int i = 0; i < name.length; i++) {
      String shape =
          switch (name[i]) {
            case "NULL" -> "-1";
            case "\"sizeof\"" -> "sizeof\\(.*\\)";
            default -> "offsetof\\(.*, " + Pattern.quote(name[i].replace("\"", "")) + "\\)";
          };
      if (name.length != offset.length || !offset[i].matches(shape)) {
        throw unknown(names + " beside " + offsets);
      }
      members.add(new Member(name[i], offset[i]));
    }
    members.sort(Comparator.comparing(Member::name));
    return members;
  }

  private String inBraces(String row) {
    if (!row.startsWith("{ ") || !row.endsWith(" }")) {
      throw unknown(row);
    }
    return row.substring(2, row.length() - 2);
  }

  private static String braced(Row row, Function<Member, String> part) {
    return row.members.stream().map(part).collect(Collectors.joining(", ", "{ ", " }"));
  }

  /** What a table holds of each class. */
  private List<String> table(String name) {
    MatchResult found = find(name);
    List<String> rows = List.of(found.group(3).split("," + found.group(2)));
    if (!found.group(1).equals(String.valueOf(rows.size()))) {
      throw unknown(rows.size() + " rows in " + found.group());
    }
    return rows;
  }

  private void replace(String table, List<Row> rows, Function<Row, String> part) {
    MatchResult found = find(table);
    String sorted = rows.stream().map(part).collect(Collectors.joining("," + found.group(2)));
    text = text.substring(0, found.start(3)) + sorted + text.substring(found.end(3));
  }

  /** A table: how many rows it has, the white space between them, and the rows. */
  private MatchResult find(String table) {
    String shape = Pattern.quote(table) + "\\[(\\d+)\\](?:\\[\\d+\\])? = \\{(\\s+)(.*?) \\};";
    Matcher matcher = Pattern.compile(shape, Pattern.DOTALL).matcher(text);
    if (!matcher.find()) {
      throw unknown("it has no table " + table);
    }
    return matcher.toMatchResult();
  }

  private int number(MatchResult use, int classes) {
    int number = Integer.parseInt(use.group(2));
    if (number >= classes) {
      throw unknown(use.group() + " of " + classes + " classes");
    }
    return number;
  }

  /** Numbers must stand where {@link #NUMBER} finds them, or be variables called i. */
  private void refuseUnknownNumbers(int classes) {
    refuse(TABLES + "(?!\\[(?:i|" + classes + ")\\])");
    refuse(TAKERS + "(?!\\((?:JNIEnv\\* env, int i|env, i|env, \\d+)[,)])");
    refuse("\\b(?!" + TAKERS + ")\\w+\\((?:JNIEnv\\* env, int|env, i|env, \\d+)\\b");
  }

  private void refuse(String pattern) {
    Matcher matcher = Pattern.compile(".*" + pattern + ".*").matcher(text);
    if (matcher.find()) {
      throw unknown(matcher.group().strip());
    }
  }

  private Build.BuildFailure unknown(String what) {
    return new Build.BuildFailure(
        source
            + " is not as build/native/SortedJni.java knows JavaCPP's sources, and classes could be"
            + " taken for others: "
            + what);
  }

  private void sortFunctions() {
    text =
        DEALLOCATORS
            .matcher(text)
            .replaceAll(
                block ->
                    Matcher.quoteReplacement(
                        sorted(block.group().lines().map(line -> line + "\n"))));
    String[] others = FUNCTION.split(text, -1);
    int last = others.length - 1;
    String functions = sorted(FUNCTION.matcher(text).results().map(MatchResult::group));
    text = String.join("", Arrays.copyOf(others, last)) + functions + others[last];
  }

  private static String sorted(Stream<String> parts) {
    return parts.sorted().collect(Collectors.joining());
  }
}
