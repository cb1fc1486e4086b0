/*
 * SPDX-License-Identifier: Apache-2.0
 */
package io.github.influence4j.internal.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Trees of files as kernels and container engines make them. */
class DefaultBudgetTest {
  private static final long MIB = 1L << 20;
  private static final String SECOND_MOUNT =
      "29 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate";

  @TempDir Path root;

  @BeforeEach
  void aMachineOf16GiB() throws IOException {
    put("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:         1234 kB\n");
  }

  private void put(String file, String text) throws IOException {
    Path path = root.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text);
  }

  private void process(String groups, String mounts) throws IOException {
    put("proc/self/cgroup", groups + "\n");
    put("proc/self/mountinfo", "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n" + mounts + "\n");
  }

  private long limit() {
    return MemoryLimit.bytes(root);
  }

  @Test
  void withoutGroupsTheMachineIsTheLimit() {
    assertThat(limit()).isEqualTo(16L << 30);
  }

  @Test
  void nothingKnown() {
    assertThat(MemoryLimit.bytes(root.resolve("elsewhere"))).isEqualTo(MemoryLimit.NONE);
  }

  @Test
  void version2InAContainer() throws IOException {
    process("0::/", SECOND_MOUNT);
    put("sys/fs/cgroup/memory.max", "346030080\n");
    assertThat(limit()).isEqualTo(330 * MIB);
  }

  @Test
  void version2WithoutALimit() throws IOException {
    process("0::/user.slice", SECOND_MOUNT);
    put("sys/fs/cgroup/user.slice/memory.max", "max\n");
    assertThat(limit()).isEqualTo(16L << 30);
  }

  @Test
  void theLeastOfNestedGroupsCounts() throws IOException {
    process("0::/pods/pod1/app", SECOND_MOUNT);
    put("sys/fs/cgroup/pods/pod1/app/memory.max", "max\n");
    put("sys/fs/cgroup/pods/pod1/memory.max", String.valueOf(700 * MIB));
    put("sys/fs/cgroup/pods/memory.max", String.valueOf(900 * MIB));
    assertThat(limit()).isEqualTo(700 * MIB);
    put("sys/fs/cgroup/pods/pod1/app/memory.high", String.valueOf(500 * MIB));
    assertThat(limit()).isEqualTo(500 * MIB);
  }

  @Test
  void version1() throws IOException {
    process(
        "9:name=systemd:/\n4:cpu,memory:/docker/abc\n0::/",
        "30 23 0:27 /docker/abc /sys/fs/cgroup/memory rw - cgroup cgroup rw,cpu,memory\n"
            + "31 23 0:28 /docker/abc /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids");
    put("sys/fs/cgroup/pids/memory.limit_in_bytes", "1");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", String.valueOf(330 * MIB));
    assertThat(limit()).isEqualTo(330 * MIB);
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712");
    assertThat(limit()).isEqualTo(16L << 30);
  }

  /** The host's path, which the container does not see: the mount itself is the group. */
  @Test
  void version1WithAPathOfTheHost() throws IOException {
    process(
        "4:memory:/host/path", "30 23 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory");
    put("sys/fs/cgroup/memory/memory.limit_in_bytes", String.valueOf(200 * MIB));
    assertThat(limit()).isEqualTo(200 * MIB);
  }

  @Test
  void aGroupOutsideOfTheNamespaceAndAMountWithASpace() throws IOException {
    process("0::/../other", "29 23 0:26 / /my\\040groups rw - cgroup2 none rw");
    put("my groups/memory.max", String.valueOf(300 * MIB));
    assertThat(limit()).isEqualTo(300 * MIB);
  }

  @Test
  void theBudgetLeavesRoomForTheHeapAndForAsMuchAgain() {
    assertThat(DefaultBudget.bytes(4096 * MIB, MemoryLimit.NONE)).isEqualTo(4096 * MIB);
    assertThat(DefaultBudget.bytes(512 * MIB, MemoryLimit.NONE)).isEqualTo(2048 * MIB);
    assertThat(DefaultBudget.bytes(4096 * MIB, 16384 * MIB)).isEqualTo(4096 * MIB);
    assertThat(DefaultBudget.bytes(512 * MIB, 2048 * MIB)).isEqualTo((2048 - 512 - 128) / 2 * MIB);
    assertThat(DefaultBudget.bytes(126 * MIB, 330 * MIB)).isEqualTo(66 * MIB);
    assertThat(DefaultBudget.bytes(2048 * MIB, 1000 * MIB)).isEqualTo(200 * MIB);
  }
}
