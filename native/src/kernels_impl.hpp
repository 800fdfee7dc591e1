#pragma once
// The hot loops, written once with the compiler's vector extensions and compiled once per instruction set. Includes
// nothing of the C++ library: an inline function of it, compiled here for a newer CPU, could be picked by the linker for
// everyone.
#include "kernels.hpp"

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

inline bool any(I lanes) {
  uint64_t words[W / 2], found = 0;
  __builtin_memcpy(words, &lanes, sizeof words);
  for (int i = 0; i < W / 2; ++i) found |= words[i];
  return found != 0;
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

// ------------------------------------------------------------------------------------------------------- deltas
void accumulate(const uint32_t *row, const float *value, uint32_t begin, uint32_t end, float weight, float *out) {
  for (uint32_t k = begin; k < end; ++k) {
    float *o = out + static_cast<uint64_t>(row[k]) * kAccumulated;
    const float *v = value + static_cast<uint64_t>(k) * kAccumulated;
    for (int j = 0; j < kAccumulated; ++j) o[j] += weight * v[j];
  }
}

// ------------------------------------------------------------------------------------------------------ geometry
struct Posed {
  V3 p, a, b, n;
};

// Add the deltas of W Gaussians; the normal turns as the tangents' cross product does.
inline void deform(Posed &g, const BlockInput &in, uint32_t i, uint32_t lanes) {
  alignas(64) float d[kAccumulated][W] = {};
  bool any = false;
  for (uint32_t k = 0; k < lanes; ++k) {
    uint32_t row = in.row[i + k];
    if (row == kNone) continue;
    any = true;
    const float *v = in.accumulated + static_cast<uint64_t>(row) * kAccumulated;
    for (int j = 0; j < kAccumulated; ++j) d[j][k] = v[j];
  }
  if (!any) return;
  V3 before = cross(g.a, g.b);
  g.p = plus(g.p, {load(d[0]), load(d[1]), load(d[2])});
  g.a = plus(g.a, {load(d[3]), load(d[4]), load(d[5])});
  g.b = plus(g.b, {load(d[6]), load(d[7]), load(d[8])});
  V3 turn = minus(unit(cross(g.a, g.b)), unit(before));
  F sign = dot(before, g.n) < F{} ? all(-1.0f) : all(1.0f);
  g.n = unit(plus(g.n, times(turn, sign)));
}

struct Matrix {
  F m[12];
};

inline void skinning(Matrix &m, const Block &block, const BlockInput &in, uint32_t i, uint32_t lanes) {
  if (block.joint != kNone) {
    const float *j = in.joints + block.joint * 12;
    for (int k = 0; k < 12; ++k) m.m[k] = all(j[k]);
    return;
  }
  alignas(64) float rows[12][W] = {};
  for (uint32_t l = 0; l < lanes; ++l) {
    const float *p = in.joints + in.joint[2 * (i + l)] * 12, *q = in.joints + in.joint[2 * (i + l) + 1] * 12;
    float w = in.joint_weight[i + l];
    for (int k = 0; k < 12; ++k) rows[k][l] = p[k] + w * (q[k] - p[k]);
  }
  for (int k = 0; k < 12; ++k) m.m[k] = load(rows[k]);
}

inline V3 rotate(const Matrix &m, const V3 &v) {
  return {m.m[0] * v.x + m.m[1] * v.y + m.m[2] * v.z, m.m[4] * v.x + m.m[5] * v.y + m.m[6] * v.z,
          m.m[8] * v.x + m.m[9] * v.y + m.m[10] * v.z};
}

// ------------------------------------------------------------------------------------------------------ light
struct Colour {
  F r, g, b;
};

inline F highlight(F x) {  // 0.16 x^14 + 0.55 x^60
  F x2 = x * x, x4 = x2 * x2, x8 = x4 * x4, x16 = x8 * x8, x32 = x16 * x16;
  return 0.16f * x8 * x4 * x2 + 0.55f * x32 * x16 * x8 * x4;
}

inline void add_hair_sheen(Colour &c, const Posed &g, const Colour &albedo, F ao, F key, F toward, const float *h) {
  V3 t = unit(g.a);
  F shade = (0.25f + 0.75f * key) * ao * smoothstep(toward, -0.1f, 0.6f);
  F along = dot(t, h);
  F first = along + 0.10f * toward, second = along - 0.22f * toward;
  F s1 = most(1.0f - first * first, F{}), s2 = most(1.0f - second * second, F{});
  F s2_4 = s2 * s2;
  s2_4 *= s2_4;
  F narrow = 0.15f * shade * power(s1, 35.0f), wide = 0.66f * shade * s2_4 * s2_4;
  c.r += narrow + wide * albedo.r;
  c.g += narrow * 0.70f + wide * albedo.g;
  c.b += narrow * 0.46f + wide * albedo.b;
}

// Sky, key, fill, rims, highlight of skin, hair and solids (linear light).
inline Colour lit(const Posed &g, Shading shading, const BlockInput &in, uint32_t i, const Colour &albedo) {
  const Light &l = *in.light;
  const float *const *col = in.columns;
  bool skin = shading == Shading::kSkin, hair = shading == Shading::kHair;
  F ao = load(col[AO] + i), visible = load(col[KEY] + i);
  F nl = dot(g.n, l.key);
  float wrap = skin ? 0.20f + 0.22f * in.subsurface : 0.20f;
  F key = power(clamp01((nl + wrap) * (1.0f / (1.0f + wrap))), 1.15f) * (0.18f + 0.82f * visible);
  F up = 0.5f + 0.5f * g.n.y;
  F fill = clamp01((dot(g.n, l.fill) + 0.2f) * (1.0f / 1.2f)) * ao;
  Colour light;
  light.r = (l.ground[0] + (l.sky[0] - l.ground[0]) * up) * load(col[AO_R] + i) + key * l.key_rgb[0] + fill * l.fill_rgb[0];
  light.g = (l.ground[1] + (l.sky[1] - l.ground[1]) * up) * load(col[AO_G] + i) + key * l.key_rgb[1] + fill * l.fill_rgb[1];
  light.b = (l.ground[2] + (l.sky[2] - l.ground[2]) * up) * load(col[AO_B] + i) + key * l.key_rgb[2] + fill * l.fill_rgb[2];
  if (skin) {  // light that wandered under the skin: warm at the terminator and at shadow edges
    F x = (nl - 0.02f) * (1.0f / 0.26f);
    F terminator = exp2_of(x * x * -1.44269504f) * in.subsurface * (0.35f + 0.65f * ao);
    F edge = load(col[PENUMBRA] + i);
    light.r += terminator * 0.22f + edge * 0.12f;
    light.g += terminator * 0.06f + edge * 0.02f;
    light.b += terminator * 0.025f;
  }
  Colour c = {albedo.r * light.r, albedo.g * light.g, albedo.b * light.b};
  F grazing = power(1.0f - clamp01(g.n.z), 2.6f);
  F rim0 = grazing * clamp01(dot(g.n, l.rim[0]) + 0.25f) * load(col[RIM_0] + i);
  F rim1 = grazing * clamp01(dot(g.n, l.rim[1]) + 0.25f) * load(col[RIM_1] + i);
  c.r += (rim0 * l.rim_rgb[0][0] + rim1 * l.rim_rgb[1][0]) * load(col[RIM_R] + i);
  c.g += (rim0 * l.rim_rgb[0][1] + rim1 * l.rim_rgb[1][1]) * load(col[RIM_G] + i);
  c.b += (rim0 * l.rim_rgb[0][2] + rim1 * l.rim_rgb[1][2]) * load(col[RIM_B] + i);
  F toward = dot(g.n, l.half);
  if (hair) {
    add_hair_sheen(c, g, albedo, ao, visible, toward, l.half);
  } else {
    F s = load(col[SHINE] + i) * highlight(clamp01(toward));
    c.r += s;
    c.g += s * 0.98f;
    c.b += s * 0.94f;
  }
  return c;
}

inline F display(F c) {  // soft shoulder, then gamma; 0-255
  c = c * (1.0f + c * 0.06f) / (1.0f + c * 0.28f) * 1.05f;
  return least(power(most(c, F{}), 1.0f / 2.2f) * 255.0f, all(255.0f));
}

inline Colour shade(const Posed &g, Shading shading, const BlockInput &in, uint32_t i) {
  const float *const *col = in.columns;
  Colour albedo = {load(col[RED] + i), load(col[GREEN] + i), load(col[BLUE] + i)};
  if (shading == Shading::kEye || shading == Shading::kUnlit) {
    F s = load(col[LIGHT] + i);
    if (shading == Shading::kEye) s = s * (0.62f + 0.38f * clamp01(g.n.z)) * 1.12f;
    return {display(albedo.r * s), display(albedo.g * s), display(albedo.b * s)};
  }
  Colour c = lit(g, shading, in, i, albedo);
  return {display(c.r), display(c.g), display(c.b)};
}

// ------------------------------------------------------------------------------------------------------ projection
struct Projected {
  F x, y, a, b, c, reach_x, reach_y, opacity, depth;
};

inline Projected project(const Posed &g, F thickness, F opacity, const Camera &cam, float face_cut) {
  F X = g.p.x - cam.centre_x, Y = cam.centre_y - g.p.y, Z = cam.distance - g.p.z;
  F iz = 1.0f / Z, f = iz * cam.focal;
  F kx = X * iz, ky = Y * iz;
  // Jacobian of the perspective applied to the three axes of the Gaussian; screen y points down
  auto flat = [&](const V3 &v, F &u, F &w) {
    u = f * (v.x + kx * v.z);
    w = f * (ky * v.z - v.y);
  };
  F ua, va, ub, vb, un, vn;
  flat(g.a, ua, va);
  flat(g.b, ub, vb);
  flat(times(g.n, thickness), un, vn);
  F xx = ua * ua + ub * ub + un * un + cam.blur, yy = va * va + vb * vb + vn * vn + cam.blur;
  F xy = ua * va + ub * vb + un * vn;
  F inverse = 1.0f / most(xx * yy - xy * xy, all(1e-9f));
  Projected s;
  s.x = cam.width * 0.5f + f * X;
  s.y = cam.height * 0.5f + f * Y;
  // exponent / 16 of the kernel (1 + e/16)^16, as factors of dx², dx·dy, dy²
  s.a = yy * inverse * (-0.5f / 16);
  s.b = xy * inverse * (1.0f / 16);
  s.c = xx * inverse * (-0.5f / 16);
  s.reach_x = root(xx) * kRadius;
  s.reach_y = root(yy) * kRadius;
  V3 view = {F{} - X, Y, Z};  // to the camera; Y is measured downwards
  F facing = dot(g.n, view) / root(dot(view, view));
  s.opacity = facing < all(face_cut) ? F{} : opacity;
  s.depth = Z;
  return s;
}

inline void write_posed(const PosedOut &out, const Posed &g, const Colour &c, F opacity, uint32_t i, uint32_t lanes) {
  auto three = [&](float *to, F x, F y, F z) {
    for (uint32_t k = 0; k < lanes; ++k) {
      to[3 * (i + k)] = x[k];
      to[3 * (i + k) + 1] = y[k];
      to[3 * (i + k) + 2] = z[k];
    }
  };
  three(out.position, g.p.x, g.p.y, g.p.z);
  three(out.tangent_a, g.a.x, g.a.y, g.a.z);
  three(out.tangent_b, g.b.x, g.b.y, g.b.z);
  three(out.normal, g.n.x, g.n.y, g.n.z);
  three(out.colour, c.r, c.g, c.b);
  for (uint32_t k = 0; k < lanes; ++k) out.opacity[i + k] = opacity[k];
}

inline bool on_picture(const Splat &s, float depth, const Camera &cam) {
  // behind the near plane nothing below is meaningful; the last test bounds what a Gaussian at the lens may cover
  return depth > cam.near && s.opacity >= kAlphaCut && s.x + s.reach_x >= 0 && s.y + s.reach_y >= 0 &&
         s.x - s.reach_x < static_cast<float>(cam.width) && s.y - s.reach_y < static_cast<float>(cam.height) &&
         s.reach_x < 1e5f && s.reach_y < 1e5f;
}

uint32_t block(const Block &block, const BlockInput &in, const BlockOutput &out) {
  const float *const *col = in.columns;
  uint32_t seen = 0;
  constexpr float kMostKey = (1 << kKeyBits) - 1;
  for (uint32_t at = 0; at < block.count; at += W) {
    uint32_t i = block.start + at, lanes = block.count - at < W ? block.count - at : W;
    Posed g = {load3(col, PX, i), load3(col, AX, i), load3(col, BX, i), load3(col, NX, i)};
    if (block.deforms) deform(g, in, i, lanes);
    Matrix m;
    skinning(m, block, in, i, lanes);
    g.p = plus(rotate(m, g.p), {m.m[3], m.m[7], m.m[11]});
    g.a = rotate(m, g.a);
    g.b = rotate(m, g.b);
    g.n = unit(rotate(m, g.n));
    Projected s = project(g, load(col[THICKNESS] + i), load(col[OPACITY] + i), in.camera, block.face_cut);
    Colour c = shade(g, block.shading, in, i);
    if (out.posed) write_posed(*out.posed, g, c, s.opacity, i, lanes);
    F key = least(most((s.depth - in.camera.near) * in.camera.key_scale, F{}), all(kMostKey));
    for (uint32_t k = 0; k < lanes; ++k) {
      Splat splat = {s.x[k], s.y[k], s.a[k], s.b[k], s.c[k], s.opacity[k], c.r[k], c.g[k], c.b[k],
                     s.reach_x[k], s.reach_y[k], in.clipped[i + k]};
      if (!on_picture(splat, s.depth[k], in.camera)) continue;
      out.splats[i + k] = splat;
      out.keys[i + k] = static_cast<uint32_t>(key[k]);
      out.seen[block.start + seen++] = i + k;
    }
  }
  return seen;
}

// ------------------------------------------------------------------------------------------------------ composite
constexpr int kVectors = kTile / W;
constexpr uint32_t kAhead = 8;  // splats

struct Tile {
  F r[kTile][kVectors], g[kTile][kVectors], b[kTile][kVectors], t[kTile][kVectors], mask[kTile][kVectors];
  int first, last;  // rows outside are opaque
};

// Find the rows that still let light through; false when there are none.
inline bool refresh(Tile &tile) {
  int first = kTile, last = -1;
  for (int y = tile.first; y <= tile.last; ++y) {
    F m = tile.t[y][0];
    for (int v = 1; v < kVectors; ++v) m = most(m, tile.t[y][v]);
    if (!any(m >= all(kOpaque))) continue;
    first = y < first ? y : first;
    last = y;
  }
  tile.first = first;
  tile.last = last;
  return last >= 0;
}

// Column by column of vectors, then row by row; the exponent is a parabola in y, so it is stepped by its differences.
template <bool kClipped>
inline void draw(Tile &tile, const Splat &s, const F *lane, int left, int top) {
  float low_x = s.x - s.reach_x - left, high_x = s.x + s.reach_x - left;
  float low_y = s.y - s.reach_y - top, high_y = s.y + s.reach_y - top;
  int first = low_x > 0 ? static_cast<int>(low_x) / W : 0;
  int last = high_x < kTile ? static_cast<int>(high_x) / W : kVectors - 1;
  int y0 = low_y > 0 ? static_cast<int>(low_y) : 0;
  y0 += y0 < low_y;
  int y1 = high_y < kTile - 1 ? static_cast<int>(high_y) : static_cast<int>(kTile) - 1;
  y0 = y0 < tile.first ? tile.first : y0;
  y1 = y1 > tile.last ? tile.last : y1;
  F red = all(s.red), green = all(s.green), blue = all(s.blue), opacity = all(s.opacity);
  float x0 = left - s.x, dy = static_cast<float>(top + y0) - s.y;
  F bend = all(2.0f * s.c);
  for (int v = first; v <= last; ++v) {
    F dx = lane[v] + x0;
    F exponent = (s.a * dx + s.b * dy) * dx + (1.0f + s.c * dy * dy);
    F step = s.b * dx + s.c * (2.0f * dy + 1.0f);
    for (int y = y0; y <= y1; ++y) {
      F w = most(exponent, F{});
      exponent += step;
      step += bend;
      w *= w;
      w *= w;
      w *= w;
      w *= w;
      F alpha = least(opacity * w, all(kAlphaMost));
      alpha = alpha < all(kAlphaCut) ? F{} : alpha;
      if (kClipped) alpha *= tile.mask[y][v];
      F c = alpha * tile.t[y][v];
      tile.r[y][v] += c * red;
      tile.g[y][v] += c * green;
      tile.b[y][v] += c * blue;
      tile.t[y][v] -= c;
    }
  }
}

inline uint8_t rounded(float v) {
  v += 0.5f;
  return static_cast<uint8_t>(v > 255.0f ? 255.0f : (v > 0.0f ? v : 0.0f));
}

void write_tile(const Tile &tile, const TileInput &in) {
  int rows = in.height - in.top < static_cast<int>(kTile) ? in.height - in.top : static_cast<int>(kTile);
  int columns = in.width - in.left < static_cast<int>(kTile) ? in.width - in.left : static_cast<int>(kTile);
  for (int y = 0; y < rows; ++y) {
    uint64_t at = static_cast<uint64_t>(in.top + y) * in.width + in.left;
    const float *r = reinterpret_cast<const float *>(tile.r[y]), *g = reinterpret_cast<const float *>(tile.g[y]);
    const float *b = reinterpret_cast<const float *>(tile.b[y]), *t = reinterpret_cast<const float *>(tile.t[y]);
    uint8_t *out = in.out + at * in.channels;
    for (int x = 0; x < columns; ++x, out += in.channels) {
      float pixel[3] = {r[x], g[x], b[x]};
      if (in.channels == 4) {
        float alpha = 1.0f - t[x], scale = alpha > 1e-6f ? 1.0f / alpha : 0.0f;
        for (int k = 0; k < 3; ++k) out[k] = rounded(pixel[k] * scale);
        out[3] = rounded(alpha * 255.0f);
      } else {
        const uint8_t *behind = in.background ? in.background + (at + x) * 3 : nullptr;
        for (int k = 0; k < 3; ++k) out[k] = rounded(pixel[k] + (behind ? t[x] * behind[k] : 0.0f));
      }
    }
  }
}

void tile(const TileInput &in) {
  Tile tile;
  tile.first = 0;
  tile.last = kTile - 1;
  F lane[kVectors];
  for (uint32_t x = 0; x < kTile; ++x) lane[x / W][x % W] = static_cast<float>(x);
  for (uint32_t y = 0; y < kTile; ++y) {
    for (int v = 0; v < kVectors; ++v) {
      tile.r[y][v] = tile.g[y][v] = tile.b[y][v] = F{};
      tile.t[y][v] = all(1.0f);
      for (int k = 0; k < W; ++k) {
        int px = in.left + v * W + k, py = in.top + static_cast<int>(y);
        bool inside = px < in.width && py < in.height;
        tile.mask[y][v][k] = inside ? in.mask[static_cast<uint64_t>(py) * in.width + px] * (1.0f / 255.0f) : 0.0f;
      }
    }
  }
  for (uint32_t k = 0; k < in.count; ++k) {
    if (k + kAhead < in.count) {  // the list jumps through memory; ask early
      const char *next = reinterpret_cast<const char *>(in.splats + in.list[k + kAhead]);
      __builtin_prefetch(next);
      __builtin_prefetch(next + sizeof(Splat) - 1);
    }
    const Splat &s = in.splats[in.list[k]];
    if (s.clipped)
      draw<true>(tile, s, lane, in.left, in.top);
    else
      draw<false>(tile, s, lane, in.left, in.top);
    if ((k & 15) == 15 && !refresh(tile)) break;
  }
  write_tile(tile, in);
}

constexpr Kernels kTable = {VV_NAME, accumulate, block, tile};

}  // namespace
}  // namespace visavis
