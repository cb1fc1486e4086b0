/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.files;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A process, told from all others that ever ran.
 *
 * @param machine the boot of the machine and the process namespace in it (a container has its own),
 *     hashed; "0" where the system does not tell
 * @param pid its number, which another process may get later
 * @param start when it started, in ticks since the boot, which setting the clock does not change;
 *     "0" where the system does not tell
 */
record RunningProcess(String machine, long pid, String start) {
  private static final Path PROC = Path.of("/proc");
  private static final String UNKNOWN = "0";

  /** Of the fields after the name, which is in parentheses and may hold anything. */
  private static final int STATE_FIELD = 0;

  private static final int START_FIELD = 22 - 3;

  private static final RunningProcess SELF = find();

  static RunningProcess self() {
    return SELF;
  }

  private static RunningProcess find() {
    long pid = ProcessHandle.current().pid();
    return new RunningProcess(thisMachine(), pid, start(pid));
  }

  private static String thisMachine() {
    try {
      String boot = Files.readString(PROC.resolve("sys/kernel/random/boot_id")).strip();
      Path namespace = Files.readSymbolicLink(PROC.resolve("self/ns/pid"));
      return Integer.toHexString((boot + namespace).hashCode());
    } catch (IOException | RuntimeException e) {
      return UNKNOWN; // not Linux: nobody's processes can be told from ours
    }
  }

  private static String start(long pid) {
    String[] fields = status(pid);
    return fields.length > START_FIELD ? fields[START_FIELD] : UNKNOWN;
  }

  /** What /proc says of a process behind its name; empty where it says nothing. */
  private static String[] status(long pid) {
    try {
      String stat = Files.readString(PROC.resolve(pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    } catch (IOException | RuntimeException e) {
      return new String[0];
    }
  }

  /** Whether the processes of a machine are those that we see here. */
  boolean isOnMachine(String other) {
    return machine.equals(other) && !machine.equals(UNKNOWN);
  }

  /** Whether a process of this machine still runs; one that nobody has waited for yet does not. */
  static boolean isRunning(long pid, String start) {
    String[] fields = status(pid);
    return fields.length > START_FIELD
        && fields[START_FIELD].equals(start)
        && !fields[STATE_FIELD].equals("Z");
  }
}
