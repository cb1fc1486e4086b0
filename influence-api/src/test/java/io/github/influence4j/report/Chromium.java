/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.report;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** One tab of a headless Chromium, driven through the DevTools protocol. */
final class Chromium implements AutoCloseable {
  private static final List<String> NAMES = List.of("chromium", "google-chrome");

  /** A loaded machine takes its time. */
  private static final long SECONDS = 90;

  private final Process process;
  private final WebSocket socket;
  private final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
  private final List<String> errors = new ArrayList<>();
  private int lastId;

  /** Starts a browser of a fresh profile in {@code folder}. */
  Chromium(Path binary, Path folder) throws IOException, InterruptedException {
    process =
        new ProcessBuilder(
                binary.toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + folder,
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("chromium.log").toFile())
            .start();
    HttpClient client = HttpClient.newHttpClient();
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(URI.create(tab(client, port(folder))), new Collector())
            .join();
    for (String domain : List.of("Page", "Runtime", "Log")) {
      send(domain + ".enable", "{}");
    }
  }

  /** The browser on the path, if any. */
  static Optional<Path> find() {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private int port(Path folder) throws IOException, InterruptedException {
    Path file = folder.resolve("DevToolsActivePort");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    while (System.nanoTime() < end && process.isAlive()) {
      List<String> lines = Files.exists(file) ? Files.readAllLines(file) : List.of();
      if (lines.size() > 1) {
        return Integer.parseInt(lines.get(0));
      }
      Thread.sleep(50);
    }
    throw new IOException(
        "Chromium did not start: " + Files.readString(folder.resolve("chromium.log")));
  }

  private static String tab(HttpClient client, int port) throws IOException, InterruptedException {
    URI list = URI.create("http://127.0.0.1:" + port + "/json/list");
    String tabs =
        client
            .send(HttpRequest.newBuilder(list).build(), HttpResponse.BodyHandlers.ofString())
            .body();
    return group("\"webSocketDebuggerUrl\":\\s*\"(ws://[^\"]*/devtools/page/[^\"]*)\"", tabs);
  }

  private static String group(String regex, String text) {
    Matcher matcher = Pattern.compile(regex).matcher(text);
    if (!matcher.find()) {
      throw new IllegalStateException("No " + regex + " in " + text);
    }
    return matcher.group(1);
  }

  /** Opens a page and waits until it is loaded. */
  void open(Path page) throws InterruptedException {
    send("Page.navigate", "{\"url\":\"" + page.toUri() + "\"}");
    await("Page.loadEventFired");
  }

  /** The value of a JavaScript expression, as text. */
  String evaluate(String expression) throws InterruptedException {
    // Percent encoding spares us the reading of JSON strings.
    String script = "encodeURIComponent(String(" + expression + "))";
    String answer = send("Runtime.evaluate", "{\"expression\":" + json(script) + "}");
    String value = group("\"type\":\"string\",\"value\":\"([^\"]*)\"", answer);
    return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** Presses and releases a key. */
  void press(String key, int code) throws InterruptedException {
    String text = key.equals("Enter") ? ",\"text\":\"\\r\"" : "";
    String event =
        "\"key\":\"" + key + "\",\"code\":\"" + key + "\",\"windowsVirtualKeyCode\":" + code + text;
    send("Input.dispatchKeyEvent", "{\"type\":\"keyDown\"," + event + "}");
    send("Input.dispatchKeyEvent", "{\"type\":\"keyUp\"," + event + "}");
  }

  /** Sends a command and waits for its answer. */
  String send(String method, String parameters) throws InterruptedException {
    int id = ++lastId;
    socket
        .sendText(
            "{\"id\":" + id + ",\"method\":\"" + method + "\",\"params\":" + parameters + "}", true)
        .join();
    return await("{\"id\":" + id + ",");
  }

  private String await(String part) throws InterruptedException {
    while (true) {
      String message = messages.poll(SECONDS, TimeUnit.SECONDS);
      if (message == null) {
        throw new IllegalStateException("Chromium sent no " + part);
      }
      if (message.contains("Runtime.exceptionThrown")
          || message.contains("Log.entryAdded")
          || message.contains("Runtime.consoleAPICalled")) {
        errors.add(message);
      }
      if (message.contains(part)) {
        return message;
      }
    }
  }

  /** Everything on the console since the last call: exceptions, log entries, blocked content. */
  List<String> console() throws InterruptedException {
    evaluate("0");
    List<String> out = List.copyOf(errors);
    errors.clear();
    return out;
  }

  private static String json(String text) {
    return "\""
        + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\t", "\\t")
        + "\"";
  }

  @Override
  public void close() {
    Stream<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()));
    List<ProcessHandle> handles = all.toList();
    handles.forEach(ProcessHandle::destroyForcibly);
    handles.forEach(handle -> handle.onExit().join());
  }

  private final class Collector implements WebSocket.Listener {
    private final StringBuilder partial = new StringBuilder();

    @Override
    public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
      partial.append(data);
      if (last) {
        messages.add(partial.toString());
        partial.setLength(0);
      }
      webSocket.request(1);
      return null;
    }
  }
}
