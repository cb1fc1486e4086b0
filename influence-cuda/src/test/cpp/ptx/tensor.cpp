/*
 * SPDX-License-Identifier: Apache-2.0
 */
// Tensor cores by wmma. Which element of a tile lies in which register of which lane is not told by PTX, so kernels
// must not rely on it: here the lanes are permuted, differently for each of the tiles, and as on some hardware f16
// operands are held twice.
#include <cstring>

#include "elementwise.h"
#include "simt/cuda/cuda_bf16.h"
#include "simt/cuda/cuda_fp16.h"

namespace ptx {

namespace {

enum class Use { kA, kB, kAccumulator };

// A tile in registers.
struct Fragment {
  Use use;
  std::string type;
  unsigned rows, columns;

  unsigned bytes() const { return type == "f32" || type == "tf32" ? 4 : 2; }
  // Registers of a lane; two elements in each if they have two bytes.
  unsigned registers() const { return rows * columns / kLanes * bytes() / 4 * (type == "f16" ? 2 : 1); }
  unsigned elements() const { return registers() * 4 / bytes(); }
  // Which element of the tile, row by row, is the nth of a lane.
  unsigned element(unsigned n, unsigned lane) const {
    const unsigned mixer = use == Use::kA ? 5 : use == Use::kB ? 18 : 27;
    return (n * kLanes + (lane ^ ((mixer + n) % kLanes))) % (rows * columns);
  }
};

Fragment fragment(Use use, const std::string& type, unsigned k) {
  return {use, type, use == Use::kB ? k : 16, use == Use::kA ? k : 16};
}

float value_of(uint32_t bits, const std::string& type) {
  if (type == "f16") return __half2float(__half{static_cast<uint16_t>(bits)});
  if (type == "bf16") return __bfloat162float(__nv_bfloat16{static_cast<uint16_t>(bits)});
  if (type == "tf32") bits &= 0xffffe000u;  // the hardware ignores the low bits
  float x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

// The tile that the lanes hold in registers of a list, from `first` on.
void gather(Warp& w, const Instruction& i, const Fragment& f, size_t first, float* tile) {
  bool known[256] = {};
  for (unsigned n = 0; n < f.elements(); ++n) {
    const unsigned per_register = 4 / f.bytes();
    const Lanes<uint32_t> bits = w.get<uint32_t>(i.from[first + n / per_register]);
    for (unsigned l = 0; l < kLanes; ++l) {
      const float x = value_of(bits.v[l] >> 8 * f.bytes() * (n % per_register), f.type);
      const unsigned e = f.element(n, l);
      if (known[e] && memcmp(&tile[e], &x, sizeof x)) w.fault(i, l, "the two copies of an operand differ");
      known[e] = true;
      tile[e] = x;
    }
  }
}

// d = a b + c, from registers. Products are summed in double: hardware adds those of a step in a format of its own.
void multiply(const Fragment& a, const Fragment& b, const Fragment& c, Warp& w, const Instruction& i, Mask lanes) {
  float left[256], right[256], sum[256];
  gather(w, i, a, 0, left);
  gather(w, i, b, a.registers(), right);
  gather(w, i, c, a.registers() + b.registers(), sum);
  float result[256];
  for (unsigned row = 0; row < 16; ++row) {
    for (unsigned column = 0; column < 16; ++column) {
      double x = sum[row * 16 + column];
      for (unsigned k = 0; k < a.columns; ++k) {
        x += static_cast<double>(left[row * a.columns + k]) * static_cast<double>(right[k * 16 + column]);
      }
      result[row * 16 + column] = static_cast<float>(x);
    }
  }
  for (unsigned n = 0; n < c.registers(); ++n) {
    Lanes<float> d;
    for (unsigned l = 0; l < kLanes; ++l) d.v[l] = result[c.element(n, l)];
    w.put(i.to[n], d, lanes);
  }
}

// Where in memory an element is, of a tile by rows or by columns.
Place place_of(const Fragment& f, Space space, bool by_columns, uint64_t base, unsigned pitch, unsigned element) {
  const uint64_t row = element / f.columns, column = element % f.columns;
  return {space, base + (by_columns ? column * pitch + row : row * pitch + column) * f.bytes()};
}

void check_layout(const Fragment& f, Warp& w, const Instruction& i, uint64_t base, unsigned pitch, unsigned lane) {
  if (base % 32) w.fault(i, lane, "wmma address not aligned to 32 bytes");
  if (pitch * f.bytes() % 16) w.fault(i, lane, "wmma leading dimension not a multiple of 16 bytes");
}

void load(const Fragment& f, Space space, bool by_columns, Warp& w, const Instruction& i, Mask lanes) {
  const Lanes<uint64_t> base = w.addresses(i.from[0]);
  const Lanes<uint32_t> pitch = w.get<uint32_t>(i.from[1]);
  std::vector<Lanes<uint32_t>> loaded(f.registers(), Lanes<uint32_t>{});
  for_each(lanes, [&](unsigned l) {
    check_layout(f, w, i, base.v[l], pitch.v[l], l);
    for (unsigned n = 0; n < f.elements(); ++n) {
      const Place place = place_of(f, space, by_columns, base.v[l], pitch.v[l], f.element(n, l));
      uint32_t bits = 0;
      memcpy(&bits, w.memory().read({w, i, l}, place, f.bytes(), f.bytes()), f.bytes());
      const unsigned per_register = 4 / f.bytes();
      loaded[n / per_register].v[l] |= bits << 8 * f.bytes() * (n % per_register);
    }
  });
  for (unsigned n = 0; n < f.registers(); ++n) w.put(i.to[n], loaded[n], lanes);
}

void store(const Fragment& f, Space space, bool by_columns, Warp& w, const Instruction& i, Mask lanes) {
  const Lanes<uint64_t> base = w.addresses(i.from[0]);
  const Lanes<uint32_t> pitch = w.get<uint32_t>(i.from.back());
  for (unsigned n = 0; n < f.registers(); ++n) {
    const Lanes<float> x = w.get<float>(i.from[1 + n]);
    for_each(lanes, [&](unsigned l) {
      check_layout(f, w, i, base.v[l], pitch.v[l], l);
      const Place place = place_of(f, space, by_columns, base.v[l], pitch.v[l], f.element(n, l));
      memcpy(w.memory().write({w, i, l}, place, f.bytes()), &x.v[l], f.bytes());
    });
  }
}

}  // namespace

// wmma.load.a.sync.aligned.col.m16n16k8.shared.tf32 {registers}, [address], pitch
// wmma.store.d.sync.aligned.row.m16n16k16.shared.f32 [address], {registers}, pitch
// wmma.mma.sync.aligned.col.row.m16n16k8.f32.tf32.tf32.f32 {d}, {a}, {b}, {c}; of f16 only .f32.f32
bool is_tensor(const Mnemonic& name, Instruction& i) {
  if (name.base() != "wmma" || !(name.has("m16n16k8") || name.has("m16n16k16"))) return false;
  const unsigned k = name.has("m16n16k8") ? 8 : 16;
  if (name.has("mma")) {
    const std::string type = name.has("tf32") ? "tf32" : name.has("bf16") ? "bf16" : "f16";
    const Fragment a = fragment(Use::kA, type, k), b = fragment(Use::kB, type, k);
    const Fragment c = fragment(Use::kAccumulator, "f32", k);
    if (i.from.size() != a.registers() + b.registers() + c.registers() || name.type().bytes != 4) return false;
    i.execute = [=](Warp& w, const Instruction& j, Mask lanes) { multiply(a, b, c, w, j, lanes); };
  } else {
    const Use use = name.has("a") ? Use::kA : name.has("b") ? Use::kB : Use::kAccumulator;
    const Fragment f = fragment(use, name.parts.back(), k);
    const bool loads = name.has("load"), by_columns = name.has("col");
    if (!loads && f.bytes() != 4) return false;
    i.execute = [=, space = name.space()](Warp& w, const Instruction& j, Mask lanes) {
      loads ? load(f, space, by_columns, w, j, lanes) : store(f, space, by_columns, w, j, lanes);
    };
  }
  i.kind = Instruction::kExchange;
  i.members.value = kAllLanes;
  return true;
}

}  // namespace ptx
