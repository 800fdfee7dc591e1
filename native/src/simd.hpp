// Vectors of VV_WIDTH floats and their arithmetic, by the compiler's vector extensions.
#pragma once
#include "kernels.hpp"
#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace visavis {
namespace {

constexpr int W = VV_WIDTH;
typedef float F __attribute__((vector_size(4 * VV_WIDTH)));
typedef int32_t I __attribute__((vector_size(4 * VV_WIDTH)));

inline F load(const float *p) {
  F v;
  __builtin_memcpy(&v, p, sizeof v);
  return v;
}
inline void store(float *p, F v) { __builtin_memcpy(p, &v, sizeof v); }
inline F all(float x) { return F{} + x; }
inline F least(F a, F b) { return a < b ? a : b; }
inline F most(F a, F b) { return a > b ? a : b; }
inline F clamp01(F a) { return least(most(a, F{}), all(1.0f)); }
inline F root(F a) {
  F r;
  for (int i = 0; i < W; ++i) r[i] = __builtin_sqrtf(a[i]);
  return r;
}
inline I bits(F a) {
  I r;
  __builtin_memcpy(&r, &a, sizeof r);
  return r;
}
inline F from_bits(I a) {
  F r;
  __builtin_memcpy(&r, &a, sizeof r);
  return r;
}

// One bit for each true lane of a comparison, the first lane lowest.
inline uint32_t signs(I lanes) {
#if defined(__AVX2__) && VV_WIDTH == 8
  return _mm256_movemask_ps(reinterpret_cast<__m256>(lanes));
#elif defined(__SSE2__) && VV_WIDTH == 4
  return _mm_movemask_ps(reinterpret_cast<__m128>(lanes));
#else
  uint32_t found = 0;
  for (int i = 0; i < W; ++i) found |= (static_cast<uint32_t>(lanes[i]) & 1u) << i;
  return found;
#endif
}

// log2 of a positive number, absolute error 1e-5 (polynomial through log2(1) = 0, fitted at Chebyshev points).
inline F log2_of(F x) {
  I b = bits(x);
  F e = __builtin_convertvector((b >> 23) - 127, F);
  F m = from_bits((b & 0x7fffff) | 0x3f800000);
  F p = m * -0.0345952112f + 0.31940967f;
  p = p * m - 1.23507624f;
  p = p * m + 2.60402449f;
  p = p * m - 3.32792526f;
  p = p * m + 3.1168458f;
  return e + (m - 1.0f) * p;
}

// 2^x for x in [-120, 120], relative error 1e-7.
inline F exp2_of(F x) {
  x = most(x, all(-120.0f));
  I whole = __builtin_convertvector(x, I);
  F f = x - __builtin_convertvector(whole, F);
  I low = f < F{};
  whole += low;  // a true lane is -1: rounds down
  f = f - __builtin_convertvector(low, F);
  F p = f * 0.00189510729f + 0.00894621467f;
  p = p * f + 0.0558632827f;
  p = p * f + 0.24014077f;
  p = p * f + 0.69315462f;
  p = p * f + 0.999999896f;
  return from_bits(bits(p) + (whole << 23));
}

inline F power(F x, float y) { return exp2_of(log2_of(most(x, all(1e-12f))) * y); }
inline F smoothstep(F x, float a, float b) {
  F t = clamp01((x - a) * (1.0f / (b - a)));
  return t * t * (3.0f - 2.0f * t);
}

struct V3 {
  F x, y, z;
};
inline V3 load3(const float *const *columns, int c, uint32_t i) {
  return {load(columns[c] + i), load(columns[c + 1] + i), load(columns[c + 2] + i)};
}
inline F dot(const V3 &a, const V3 &b) { return a.x * b.x + a.y * b.y + a.z * b.z; }
inline F dot(const V3 &a, const float *b) { return a.x * b[0] + a.y * b[1] + a.z * b[2]; }
inline V3 cross(const V3 &a, const V3 &b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
inline V3 unit(const V3 &a) {
  F s = 1.0f / (root(dot(a, a)) + 1e-9f);
  return {a.x * s, a.y * s, a.z * s};
}
inline V3 plus(const V3 &a, const V3 &b) { return {a.x + b.x, a.y + b.y, a.z + b.z}; }
inline V3 minus(const V3 &a, const V3 &b) { return {a.x - b.x, a.y - b.y, a.z - b.z}; }
inline V3 times(const V3 &a, F s) { return {a.x * s, a.y * s, a.z * s}; }

}  // namespace
}  // namespace visavis
