/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/** The page around the queries. A content security policy forbids every script but its own. */
final class Page {
  private final String title;
  private final List<String> notes;
  private final List<ReportQuery> asked;
  private final StringBuilder html = new StringBuilder();

  Page(String title, List<String> notes, List<ReportQuery> asked) {
    this.title = title;
    this.notes = notes;
    this.asked = asked;
  }

  String render() {
    List<QuerySection> sections = new ArrayList<>();
    int queries = Math.min(asked.size(), Budget.QUERIES);
    Budget budget = new Budget(2 * queries);
    Parts parts = new Parts();
    for (ReportQuery query : asked.subList(0, queries)) {
      sections.add(new QuerySection(query, sections.size() + 1, parts, budget));
    }
    StringBuilder results = new StringBuilder();
    sections.forEach(section -> section.append(results, queries));
    String script = resource("report.js");
    head(script);
    html.append("<body>\n<a class=skip href=#main>Skip to the results</a>\n<header><h1>");
    html.append(Html.text(title)).append("</h1>\n");
    notes.forEach(note -> html.append("<p>").append(Html.text(note)).append("</p>\n"));
    hints(parts, queries);
    html.append(resource("legend.html")).append("</header>\n");
    contents(sections);
    html.append("<main id=main tabindex=-1>\n");
    html.append(results);
    if (sections.isEmpty()) {
      html.append("<p>There are no queries in this report.</p>");
    }
    html.append("</main>\n<footer><p>Made by Influence4J.</p></footer>\n");
    if (!parts.isEmpty()) {
      parts.append(html);
    }
    html.append("<script>");
    html.append(script).append("</script>\n</body></html>\n");
    return html.toString();
  }

  private void head(String script) {
    html.append("<!DOCTYPE html>\n<html lang=en><head><meta charset=utf-8>\n");
    html.append("<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; ");
    html.append("style-src 'unsafe-inline'; script-src 'sha256-").append(sha256(script));
    html.append("'; base-uri 'none'; form-action 'none'\">\n<title>");
    html.append(Html.plain(title)).append("</title>\n");
    html.append("<meta name=viewport content=\"width=device-width, initial-scale=1\">\n");
    html.append("<meta name=color-scheme content=\"light dark\">\n<style>");
    html.append(resource("report.css")).append("</style></head>\n");
  }

  private void hints(Parts parts, int queries) {
    if (queries < asked.size()) {
      html.append("<p class=left>The first ").append(Numbers.grouped(queries)).append(" of ");
      html.append(Numbers.grouped(asked.size())).append(" queries are shown; ");
      html.append(Numbers.grouped(asked.size() - queries));
      html.append(" are left out of this page, which would be too large.</p>\n");
    }
    if (!parts.isEmpty()) {
      html.append("<p class=left>This page is long: examples are opened page by page, and the");
      html.append(" browser’s search and print find what is open.</p>\n");
      html.append("<noscript><p><strong>Without JavaScript only the beginning of this page can be");
      html.append(" read.</strong></p></noscript>\n");
    }
  }

  private void contents(List<QuerySection> sections) {
    if (sections.size() < 2) {
      return;
    }
    html.append("<nav aria-label=Queries><ol>");
    for (int q = 0; q < sections.size(); q++) {
      html.append("<li><a href=#").append(sections.get(q).id()).append("><bdi>");
      html.append(Html.label(asked.get(q).label())).append("</bdi></a>");
    }
    html.append("</ol></nav>\n");
  }

  private static String sha256(String text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      byte[] hash = digest.digest(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getEncoder().encodeToString(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256.", e);
    }
  }

  private static String resource(String name) {
    try (InputStream stream = Page.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(stream).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
