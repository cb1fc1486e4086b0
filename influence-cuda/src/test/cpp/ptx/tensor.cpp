/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Tensor cores: ldmatrix and mma.sync, with the layouts of the PTX ISA.
#include <cstring>

#include "elementwise.h"
#include "simt/cuda/cuda_bf16.h"
#include "simt/cuda/cuda_fp16.h"

namespace ptx {

namespace {

constexpr unsigned kRowBytes = 16;

struct Element {
  unsigned row, column;
};

// Which element of an operand is in a register of a lane: the `half`-th of two if they have two bytes.
struct Shape {
  unsigned depth;        // k
  unsigned per_register;
  std::string type;

  unsigned left_registers() const { return depth / per_register / 2; }
  unsigned right_registers() const { return depth / per_register / 4; }
  // Of a, 16 x depth: registers 0 and 1 are rows 0 to 7 and 8 to 15 of the first half of k (or all of it).
  Element left(unsigned n, unsigned lane, unsigned half) const {
    return {lane / 4 + 8 * (n & 1), (4 * (n >> 1) + lane % 4) * per_register + half};
  }
  // Of b, depth x 8.
  Element right(unsigned n, unsigned lane, unsigned half) const {
    return {(4 * n + lane % 4) * per_register + half, lane / 4};
  }
  // Of c and d, 16 x 8.
  static Element sum(unsigned n, unsigned lane) { return {lane / 4 + 8 * (n >> 1), lane % 4 * 2 + (n & 1)}; }

  double value(uint32_t bits, unsigned half) const {
    const uint16_t two_bytes = static_cast<uint16_t>(bits >> 16 * half);
    if (type == "f16") return static_cast<double>(__half2float(__half{two_bytes}));
    if (type == "bf16") return static_cast<double>(__bfloat162float(__nv_bfloat16{two_bytes}));
    bits &= 0xffffe000u;  // the hardware ignores the low bits
    float x;
    memcpy(&x, &bits, sizeof x);
    return static_cast<double>(x);
  }
};

// d = a b + c, from registers. Products are summed in double: hardware adds those of a step in a format of its own.
void multiply(const Shape& shape, Warp& w, const Instruction& i, Mask lanes) {
  double left[16][16], right[16][8];
  unsigned at = 0;
  for (unsigned n = 0; n < shape.left_registers(); ++n) {
    const Lanes<uint32_t> bits = w.get<uint32_t>(i.from[at++]);
    for (unsigned l = 0; l < kLanes; ++l) {
      for (unsigned half = 0; half < shape.per_register; ++half) {
        const Element e = shape.left(n, l, half);
        left[e.row][e.column] = shape.value(bits.v[l], half);
      }
    }
  }
  for (unsigned n = 0; n < shape.right_registers(); ++n) {
    const Lanes<uint32_t> bits = w.get<uint32_t>(i.from[at++]);
    for (unsigned l = 0; l < kLanes; ++l) {
      for (unsigned half = 0; half < shape.per_register; ++half) {
        const Element e = shape.right(n, l, half);
        right[e.row][e.column] = shape.value(bits.v[l], half);
      }
    }
  }
  for (unsigned n = 0; n < 4; ++n) {
    Lanes<float> d = w.get<float>(i.from[at++]);
    for (unsigned l = 0; l < kLanes; ++l) {
      const Element e = Shape::sum(n, l);
      double x = static_cast<double>(d.v[l]);
      for (unsigned k = 0; k < shape.depth; ++k) x += left[e.row][k] * right[k][e.column];
      d.v[l] = static_cast<float>(x);
    }
    w.put(i.to[n], d, lanes);
  }
}

// Matrices of 8 x 8 elements of two bytes, whose rows lie where lanes 0 to 7, 8 to 15 ... say.
void load(bool transposed, Warp& w, const Instruction& i, Mask lanes) {
  const Lanes<uint64_t> at = w.addresses(i.from[0]);
  for (unsigned n = 0; n < i.to.size(); ++n) {
    uint16_t matrix[8][8];
    unsigned banks = 0;
    for (unsigned r = 0; r < 8; ++r) {
      const unsigned l = 8 * n + r;
      memcpy(matrix[r], w.memory().read({w, i, l}, {Space::kShared, at.v[l]}, kRowBytes, 2), kRowBytes);
      banks |= 1u << at.v[l] / kRowBytes % 8;
    }
    if (banks != 0xff) w.fault(i, 8 * n, "bank conflict of ldmatrix");
    Lanes<uint32_t> loaded;
    for (unsigned l = 0; l < kLanes; ++l) {
      const unsigned g = l / 4, t = l % 4 * 2;
      const uint32_t low = transposed ? matrix[t][g] : matrix[g][t];
      const uint32_t high = transposed ? matrix[t + 1][g] : matrix[g][t + 1];
      loaded.v[l] = low | high << 16;
    }
    w.put(i.to[n], loaded, lanes);
  }
}

bool is_load(const Mnemonic& name, Instruction& i) {
  const size_t matrices = name.has("x4") ? 4 : name.has("x2") ? 2 : name.has("x1") ? 1 : 0;
  if (!name.has("m8n8") || name.space() != Space::kShared || i.to.size() != matrices) return false;
  const bool transposed = name.has("trans");
  i.execute = [=](Warp& w, const Instruction& j, Mask lanes) { load(transposed, w, j, lanes); };
  return true;
}

bool is_product(const Mnemonic& name, Instruction& i) {
  const std::string& type = name.parts[name.parts.size() - 2];
  const bool halves = type == "f16" || type == "bf16";
  const unsigned depth = name.has("m16n8k16") && halves ? 16 : name.has("m16n8k8") && type != "bf16" ? 8 : 0;
  if (!depth || !(halves || type == "tf32") || !name.has("row") || !name.has("col") || name.parts.back() != "f32" ||
      name.parts[name.parts.size() - 4] != "f32") {
    return false;
  }
  const Shape shape{depth, halves ? 2u : 1u, type};
  if (i.to.size() != 4 || i.from.size() != shape.left_registers() + shape.right_registers() + 4) return false;
  i.execute = [=](Warp& w, const Instruction& j, Mask lanes) { multiply(shape, w, j, lanes); };
  return true;
}

}  // namespace

// ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {registers}, [address]
// mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {d}, {a}, {b}, {c}
bool is_tensor(const Mnemonic& name, Instruction& i) {
  if (name.base() != "ldmatrix" && name.base() != "mma") return false;
  if (!name.has("sync") || !name.has("aligned")) return false;
  if (!(name.base() == "mma" ? is_product(name, i) : is_load(name, i))) return false;
  i.kind = Instruction::kExchange;
  i.members.value = kAllLanes;
  return true;
}

}  // namespace ptx
