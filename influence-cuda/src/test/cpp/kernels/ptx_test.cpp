/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Tests of the PTX interpreter itself, on kernels written by hand: what works must work, and each kind of bug must be
// found. They need no nvcc.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "ptx/interpreter.h"
#include "support.h"

using test::Buffer;

namespace {

// Runs a kernel of one parameter, the address `p` of memory, whose statements are `body`; %rd0 is p, %r0 the thread.
// Returns what was found, empty if nothing.
std::string found(const std::string& body, void* memory, unsigned threads = 32, unsigned blocks = 1) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / ("ptx_test-" + std::to_string(getpid()));
  fs::create_directory(folder);
  std::ofstream(folder / "hand.ptx") << ".entry hand(\n.param .u64 p\n)\n.maxntid 64, 1, 1\n{\n"
                                     << ".reg .pred %p<9>;\n.reg .b32 %r<9>;\n.reg .b64 %rd<9>;\n.reg .f32 %f<20>;\n"
                                     << ".shared .align 16 .b8 s[256];\n.shared .align 16 .b8 other[256];\n"
                                     << "ld.param.u64 %rd0, [p];\nmov.u32 %r0, %tid.x;\nmov.u32 %r1, s;\n"
                                     << "shl.b32 %r2, %r0, 2;\nadd.s32 %r2, %r1, %r2;\n"  // a word of s each thread
                                     << body << "\nret;\n}\n";
  std::string what;
  try {
    ptx::Interpreter interpreter(folder.string());
    interpreter.run(*interpreter.find("hand"), {nullptr, blocks, threads, 0, {{&memory, sizeof memory}}});
  } catch (const std::runtime_error& e) {
    what = e.what();
  }
  fs::remove_all(folder);
  return what;
}

bool finds(
    const char* what, const std::string& body, void* memory = nullptr, unsigned threads = 32, unsigned blocks = 1) {
  std::string all = found(body, memory, threads, blocks);
  if (all.find(what) != std::string::npos) return true;
  printf("expected \"%s\", found \"%s\" in\n%s\n", what, all.c_str(), body.c_str());
  return false;
}
bool finds_nothing(const std::string& body, void* memory = nullptr, unsigned threads = 32, unsigned blocks = 1) {
  std::string all = found(body, memory, threads, blocks);
  if (!all.empty()) printf("found \"%s\" in\n%s\n", all.c_str(), body.c_str());
  return all.empty();
}

}  // namespace

// Lanes part at a branch, meet again, and exchange what they computed.
TEST(ptx_results) {
  Buffer<int> out(64);
  CHECK(finds_nothing(
      "setp.lt.s32 %p1, %r0, 5;\n@%p1 bra $L1;\nmul.lo.s32 %r3, %r0, -3;\nbra.uni $L2;\n"
      "$L1:\nshr.s32 %r3, -64, %r0;\n"
      "$L2:\nshfl.sync.bfly.b32 %r4|%p2, %r3, 1, 31, -1;\n"
      "mul.wide.u32 %rd1, %r0, 4;\nadd.s64 %rd1, %rd0, %rd1;\nst.global.u32 [%rd1], %r4;",
      out.data(), 64));
  for (int i = 0; i < 64; ++i) {
    int from = i ^ 1;
    CHECK(out[static_cast<size_t>(i)] == (from < 5 ? -64 >> from : from * -3));
  }
}

TEST(ptx_bug_memory) {
  Buffer<int> memory(8);
  memory.fill(0);
  CHECK(finds_nothing("ld.global.u32 %r3, [%rd0+28];", memory.data()));
  CHECK(finds("global memory out of bounds", "ld.global.u32 %r3, [%rd0+32];", memory.data()));
  CHECK(finds("misaligned", "ld.global.v2.u32 {%r3, %r4}, [%rd0+4];", memory.data()));
  Buffer<int> fresh(8);
  CHECK(finds("uninitialised global", "ld.global.u32 %r3, [%rd0];", fresh.data()));
  CHECK(finds("uninitialised shared", "ld.shared.u32 %r3, [%r2];"));
  CHECK(finds("out of a variable's bounds", "st.shared.u32 [s+256], %r0;"));
  CHECK(finds("shared memory out of bounds", "st.shared.u32 [s+65536], %r0;"));
  CHECK(finds("division by zero", "div.s32 %r3, %r0, %r0;"));
  CHECK(finds("launch bounds", "", nullptr, 128));
  CHECK(finds("does not end", "$L1:\nbra $L1;"));
  CHECK(finds("directive .local", ".local .align 8 .b8 l[8];"));
  CHECK(finds("instruction frob", "frob.u32 %r1;"));
}

TEST(ptx_bug_races) {
  const std::string write = "st.shared.u32 [%r2], %r0;\n";
  const std::string read_next = "xor.b32 %r3, %r2, 4;\nld.shared.u32 %r4, [%r3];\n";
  const std::string read_far = "xor.b32 %r3, %r2, 128;\nld.shared.u32 %r4, [%r3];\n";
  const std::string barrier = "bar.sync 0;\n", warp_barrier = "bar.warp.sync -1;\n";
  CHECK(finds_nothing(write + warp_barrier + read_next));
  CHECK(finds("reads what another thread wrote", write + read_next));
  CHECK(finds_nothing(write + barrier + read_far, nullptr, 64));
  // The second warp has not written yet when the first reads.
  CHECK(finds("uninitialised shared", write + warp_barrier + read_far, nullptr, 64));
  CHECK(finds("overwrites what another thread wrote", "st.shared.u32 [s], %r0;"));
  CHECK(finds("race", write + barrier + read_far + write, nullptr, 64));
  CHECK(finds_nothing(write + barrier + read_far + barrier + write, nullptr, 64));
  CHECK(finds("overwrites what another thread read", write + warp_barrier + read_next + write));
  // Atomics are ordered among themselves, and by nothing else.
  Buffer<int> count(1);
  count[0] = 0;
  CHECK(finds_nothing("atom.global.add.u32 %r3, [%rd0], 1;", count.data(), 64, 3));
  CHECK(count[0] == 192);
  CHECK(finds("race", "atom.global.add.u32 %r3, [%rd0], 1;\nld.global.u32 %r3, [%rd0];", count.data()));
  // Blocks are ordered by nothing.
  CHECK(finds("race", "setp.ne.s32 %p1, %r0, 0;\n@%p1 ret;\nst.global.u32 [%rd0], %r0;", count.data(), 32, 2));
}

TEST(ptx_bug_barriers_and_masks) {
  const std::string first_half = "setp.lt.s32 %p1, %r0, 16;\n";
  CHECK(finds("divergent barrier", first_half + "@%p1 bra $L1;\nbar.sync 0;\nret;\n$L1:\nbar.sync 0;"));
  CHECK(finds("barrier after threads have exited", first_half + "@%p1 ret;\nbar.sync 0;"));
  CHECK(finds("lanes of its mask never come",
      first_half + "@%p1 bra $L1;\nbar.warp.sync -1;\nret;\n$L1:\nbar.sync 0;"));
  CHECK(finds("mask names a lane that has exited", first_half + "@%p1 ret;\nbar.warp.sync -1;"));
  CHECK(finds("mask lacks the calling lane", "bar.warp.sync 65535;"));
  CHECK(finds_nothing(first_half + "@!%p1 bra $L1;\nbar.warp.sync 65535;\n$L1:\nbar.sync 0;"));
  CHECK(finds("outside the mask",
      first_half + "@!%p1 bra $L1;\nshfl.sync.bfly.b32 %r3, %r0, 16, 31, 65535;\n$L1:\nret;"));
}

TEST(ptx_bug_async_copies) {
  Buffer<float> memory(32);
  memory.fill(1);
  const std::string copy = "mul.wide.u32 %rd1, %r0, 4;\nadd.s64 %rd1, %rd0, %rd1;\n"
                           "cp.async.ca.shared.global [%r2], [%rd1], 4, 4;\ncp.async.commit_group;\n";
  CHECK(finds_nothing(copy + "cp.async.wait_group 0;\nld.shared.u32 %r3, [%r2];", memory.data()));
  CHECK(finds("never waited for", copy, memory.data()));
  CHECK(finds("read while a cp.async", copy + "cp.async.wait_group 1;\nld.shared.u32 %r3, [%r2];", memory.data()));
  CHECK(finds("written while a cp.async", copy + "st.shared.u32 [%r2], %r0;", memory.data()));
  CHECK(finds("race", copy + "cp.async.wait_group 0;\nxor.b32 %r3, %r2, 4;\nld.shared.u32 %r4, [%r3];", memory.data()));
}

// A fragment passes from lane to lane only through memory, in the layout that the store gives it.
TEST(ptx_fragments) {
  Buffer<float> tile(256), out(256);
  for (int i = 0; i < 256; ++i) tile[static_cast<size_t>(i)] = static_cast<float>(i);
  void* addresses[] = {tile.data(), out.data()};
  const std::string registers = "{%f0, %f1, %f2, %f3, %f4, %f5, %f6, %f7}";
  const std::string load = "ld.global.u64 %rd1, [%rd0];\nld.global.u64 %rd2, [%rd0+8];\n"
                           "wmma.load.c.sync.aligned.row.m16n16k16.global.f32 " + registers + ", [%rd1], 16;\n";
  CHECK(finds_nothing(
      load + "wmma.store.d.sync.aligned.col.m16n16k16.global.f32 [%rd2], " + registers + ", 16;", addresses));
  bool transposed = true;
  for (size_t i = 0; i < 256; ++i) transposed &= out[i] == tile[i % 16 * 16 + i / 16];
  CHECK(transposed);
  // A kernel that takes the first register of a lane for the element of that number.
  CHECK(finds_nothing(
      load + "mul.wide.u32 %rd3, %r0, 4;\nadd.s64 %rd2, %rd2, %rd3;\nst.global.f32 [%rd2], %f0;", addresses));
  CHECK(out[0] != tile[0]);
  CHECK(finds("multiple of 16 bytes", load + "wmma.store.d.sync.aligned.row.m16n16k16.global.f32 [%rd2], " + registers +
      ", 18;", addresses));
}
