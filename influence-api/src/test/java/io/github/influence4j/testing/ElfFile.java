/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a shared library of 64 bits asks of the dynamic loader: enough to see how it was linked. */
public final class ElfFile {
  private static final int DYNAMIC = 2;
  private static final int STACK = 0x6474e551;
  private static final int RELRO = 0x6474e552;
  private static final int EXECUTABLE = 1;
  private static final long RPATH = 15;
  private static final long BIND_NOW = 24;
  private static final long RUNPATH = 29;
  private static final long FLAGS = 30;
  private static final long FLAGS_1 = 0x6ffffffb;
  private static final long FLAG_BIND_NOW = 8;
  private static final long FLAG_1_NOW = 1;

  private final ByteBuffer bytes;

  /** Type, flags and position of each program header. */
  private record Segment(int type, int flags, int offset, int size) {}

  private record Entry(long tag, long value) {}

  private ElfFile(ByteBuffer bytes) {
    this.bytes = bytes;
  }

  /**
   * What is unsafe about a library.
   *
   * @param library a file
   * @return in words; empty if it is hardened
   * @throws IOException if it cannot be read
   */
  public static List<String> weaknesses(Path library) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(library)).order(ByteOrder.LITTLE_ENDIAN);
    if (bytes.getInt(0) != 0x464c457f || bytes.get(4) != 2) {
      return List.of("no ELF library of 64 bits");
    }
    return new ElfFile(bytes).weaknesses();
  }

  private List<String> weaknesses() {
    List<String> found = new ArrayList<>();
    List<Segment> segments = segments();
    if (segments.stream().noneMatch(segment -> segment.type == RELRO)) {
      found.add("no GNU_RELRO");
    }
    if (segments.stream().noneMatch(s -> s.type == STACK && (s.flags & EXECUTABLE) == 0)) {
      found.add("the stack is executable");
    }
    boolean now = false;
    for (Entry entry : dynamic(segments)) {
      now |= entry.tag == BIND_NOW;
      now |= entry.tag == FLAGS && (entry.value & FLAG_BIND_NOW) != 0;
      now |= entry.tag == FLAGS_1 && (entry.value & FLAG_1_NOW) != 0;
      if (entry.tag == RPATH || entry.tag == RUNPATH) {
        found.add("a path of libraries");
      }
    }
    if (!now) {
      found.add("no BIND_NOW");
    }
    return found;
  }

  private List<Segment> segments() {
    List<Segment> segments = new ArrayList<>();
    int start = (int) bytes.getLong(32);
    int size = bytes.getShort(54);
    for (int i = 0; i < bytes.getShort(56); i++) {
      int at = start + i * size;
      segments.add(
          new Segment(
              bytes.getInt(at),
              bytes.getInt(at + 4),
              (int) bytes.getLong(at + 8),
              (int) bytes.getLong(at + 32)));
    }
    return segments;
  }

  private List<Entry> dynamic(List<Segment> segments) {
    List<Entry> entries = new ArrayList<>();
    for (Segment segment : segments) {
      if (segment.type == DYNAMIC) {
        for (int at = segment.offset; at < segment.offset + segment.size; at += 16) {
          entries.add(new Entry(bytes.getLong(at), bytes.getLong(at + 8)));
        }
      }
    }
    return entries;
  }

  /**
   * Whether the functions of a library call this one of another.
   *
   * @param library a file
   * @param symbol its name
   * @return true if the name is among the library's strings
   * @throws IOException if it cannot be read
   */
  public static boolean names(Path library, String symbol) throws IOException {
    String text = Files.readString(library, java.nio.charset.StandardCharsets.ISO_8859_1);
    return text.contains("\0" + symbol + "\0");
  }
}
