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
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** What a shared library of 64 bits asks of the dynamic loader: enough to see how it was made. */
public final class ElfFile {
  private static final int DYNAMIC = 2;
  private static final int SYMBOLS = 11;
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
    ByteBuffer bytes = read(library);
    if (bytes.getInt(0) != 0x464c457f || bytes.get(4) != 2) {
      return List.of("no ELF library of 64 bits");
    }
    return new ElfFile(bytes).weaknesses();
  }

  private static ByteBuffer read(Path library) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(library)).order(ByteOrder.LITTLE_ENDIAN);
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
    if (!imports().contains("__stack_chk_fail")) {
      found.add("no stack protector");
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
   * What a library takes from others.
   *
   * @param library a file
   * @return the names of functions and variables
   * @throws IOException if it cannot be read
   */
  public static Set<String> imports(Path library) throws IOException {
    return new ElfFile(read(library)).imports();
  }

  private Set<String> imports() {
    Set<String> names = new TreeSet<>();
    for (int section : sections()) {
      if (bytes.getInt(section + 4) == SYMBOLS) {
        int strings = (int) bytes.getLong(sections().get(bytes.getInt(section + 40)) + 24);
        int start = (int) bytes.getLong(section + 24);
        int end = start + (int) bytes.getLong(section + 32);
        for (int symbol = start + 24; symbol < end; symbol += 24) { // the first is none
          if (bytes.getShort(symbol + 6) == 0) { // defined in no section
            names.add(string(strings + bytes.getInt(symbol)));
          }
        }
      }
    }
    return names;
  }

  /** Where the headers of the sections are. */
  private List<Integer> sections() {
    int start = (int) bytes.getLong(40);
    int size = bytes.getShort(58);
    return IntStream.range(0, bytes.getShort(60)).mapToObj(i -> start + i * size).toList();
  }

  private String string(int at) {
    StringBuilder text = new StringBuilder();
    for (int i = at; bytes.get(i) != 0; i++) {
      text.append((char) bytes.get(i));
    }
    return text.toString();
  }
}
