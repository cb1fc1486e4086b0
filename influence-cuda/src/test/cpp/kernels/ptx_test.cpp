/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Tests of the PTX interpreter itself, on kernels written by hand: what works must work, and each kind of bug must be
// found. They need no nvcc.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "fragments.h"
#include "ptx/interpreter.h"

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

TEST(ptx_permuted_bytes) {
  Buffer<uint32_t> out(32);
  CHECK(finds_nothing("prmt.b32 %r3, 16909060, 2273806984, 64260;\n"  // 0x01020304, 0x87878a88, 0xfb04
                      "mul.wide.u32 %rd1, %r0, 4;\nadd.s64 %rd1, %rd0, %rd1;\nst.global.u32 [%rd1], %r3;",
      out.data()));
  CHECK(out[0] == 0xff000488u);
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

// Registers pass from a Fragments to one instruction and back; %rd1 is the lane's row of a (and sum), %rd2 of b.
static std::string product(const char* instruction, test::Fragments& f, const char* a, const char* b) {
  const std::string load_a = "ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd1];\n";
  return found("mul.wide.u32 %rd1, %r0, 16;\nadd.s64 %rd1, %rd0, %rd1;\nmul.wide.u32 %rd2, %r0, 8;\n"
               "add.s64 %rd2, %rd0, %rd2;\n" + load_a + "ld.global.v2.u32 {%r5, %r6}, [%rd2+512];\n"
               "ld.global.v4.f32 {%f0, %f1, %f2, %f3}, [%rd1+768];\n" + instruction + " {%f0, %f1, %f2, %f3}, " + a +
               ", " + b + ", {%f0, %f1, %f2, %f3};\nst.global.v4.f32 [%rd1+768], {%f0, %f1, %f2, %f3};", &f);
}

TEST(ptx_tensor_products) {
  const char *four = "{%r1, %r2, %r3, %r4}", *two = "{%r5, %r6}";
  auto f = test::kHalves16.fragments([](float x) { return __float2bfloat16_rn(x).bits; });
  CHECK(product("mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32", f, four, two).empty());
  CHECK(test::kHalves16.is_product(f));
  f = test::kHalves16.fragments([](float x) { return __float2half_rn(x).bits; });
  CHECK(product("mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32", f, four, two).empty());
  CHECK(test::kHalves16.is_product(f));
  f = test::kHalves8.fragments([](float x) { return __float2half_rn(x).bits; });
  CHECK(product("mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32", f, "{%r1, %r2}", "{%r5}").empty());
  CHECK(test::kHalves8.is_product(f));
  f = test::kTf32.fragments(test::bits_of_float);
  CHECK(product("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32", f, four, two).empty());
  CHECK(test::kTf32.is_product(f));
  CHECK(product("mma.sync.aligned.m8n8k4.row.col.f32.f16.f16.f32", f, four, two).find("instruction mma") == 0);
  CHECK(finds("lanes of its mask never come", "setp.lt.s32 %p1, %r0, 16;\n@%p1 bra $L1;\n"
      "mma.sync.aligned.m16n8k8.row.col.f32.f16.f16.f32 {%f0, %f1, %f2, %f3}, {%r1, %r2}, {%r3}, "
      "{%f0, %f1, %f2, %f3};\n$L1:\nbar.sync 0;"));
}

TEST(ptx_tensor_matrices) {
  Buffer<uint32_t> out(128);
  for (bool transposed : {false, true}) {
    // The kernel's row of 16 bytes, in variables s and other of 256 bytes with 64 between them.
    const std::string write = "setp.lt.s32 %p1, %r0, 16;\n@%p1 bra $L1;\nadd.s32 %r1, %r1, 64;\n$L1:\n"
                              "shl.b32 %r2, %r0, 4;\nadd.s32 %r1, %r1, %r2;\nshl.b32 %r3, %r0, 3;\n"
                              "mad.lo.s32 %r3, %r3, 65537, 65536;\nadd.s32 %r4, %r3, 131074;\n"
                              "add.s32 %r5, %r4, 131074;\nadd.s32 %r6, %r5, 131074;\n"
                              "st.shared.v4.u32 [%r1], {%r3, %r4, %r5, %r6};\n";
    const std::string load = std::string("ldmatrix.sync.aligned.m8n8.x4.") + (transposed ? "trans." : "") +
        "shared.b16 {%r3, %r4, %r5, %r6}, [%r1];\n";
    const std::string store = "mul.wide.u32 %rd1, %r0, 16;\nadd.s64 %rd1, %rd0, %rd1;\n"
                              "st.global.v4.u32 [%rd1], {%r3, %r4, %r5, %r6};";
    CHECK(finds_nothing(write + "bar.sync 0;\n" + load + store, out.data()));
    bool as_told = true;
    for (int n = 0; n < 128; ++n) {
      as_told &= out[static_cast<size_t>(n)] == test::of_matrix(n % 4, n / 4, transposed);
    }
    CHECK(as_told);
    CHECK(finds("uninitialised shared", "shl.b32 %r2, %r0, 3;\nadd.s32 %r1, %r1, %r2;\nand.b32 %r1, %r1, -16;\n" + load));
    CHECK(finds("bank conflict", write + "bar.sync 0;\nmov.u32 %r1, s;\n" + load));
    CHECK(finds("misaligned", write + "bar.sync 0;\nadd.s32 %r1, %r1, 8;\n" + load));
  }
}
