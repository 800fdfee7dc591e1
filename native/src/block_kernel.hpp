// The hot loop over Gaussians: add the deltas, skin, light, project.
#pragma once
#include "simd.hpp"

namespace visavis {
namespace {

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
  F stretch;  // area now / area at rest
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
  V3 after = cross(g.a, g.b);
  g.stretch = root(dot(after, after) / most(dot(before, before), all(1e-12f)));
  V3 turn = minus(unit(after), unit(before));
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

struct Shade {
  F sky, key;  // shares of the lights that are left
};

// How much of the sky and of the key light a capsule takes: solid angle over cosine, and a soft cylinder of shadow.
inline Shade behind(const float *from, const float *along, float radius, const Posed &g, const float *key) {
  V3 w = {g.p.x - from[0], g.p.y - from[1], g.p.z - from[2]};
  float length2 = along[0] * along[0] + along[1] * along[1] + along[2] * along[2];
  F t = clamp01(dot(w, along) * (1.0f / (length2 + 1e-6f)));
  V3 v = {along[0] * t - w.x, along[1] * t - w.y, along[2] * t - w.z};
  F d2 = dot(v, v) + 1e-3f, ahead = dot(v, key), r2 = all(radius * radius);
  F open = clamp01(dot(g.n, v) / root(d2) * 0.8f + 0.2f) * r2 / most(d2, r2);
  F beside = root(most(d2 - ahead * ahead, F{}));
  F shadow = smoothstep(beside, 1.5f * radius, 0.4f * radius) * smoothstep(ahead, 0.0f, radius);
  return {0.80f * open, 0.80f * shadow / (1.0f + ahead * ahead * 2e-5f)};
}

inline Shade shade_by_limbs(const Posed &g, const Block &block, const BlockInput &in) {
  Shade left = {all(1.0f), all(1.0f)};
  for (uint32_t k = 0; k < in.capsule_count; ++k) {
    const Capsule &c = in.capsules[k];
    if (!(c.shades & block.group)) continue;
    Shade now = behind(c.from, c.along, c.radius, g, in.light->key);
    F sky = 1.0f - now.sky, key = 1.0f - now.key;
    if (c.relative) {
      Shade rest = behind(c.rest_from, c.rest_along, c.radius, g, in.light->key);
      sky = least(most(sky / (1.0f - rest.sky), all(0.5f)), all(1.5f));
      key = least(most(key / (1.0f - rest.key), all(0.4f)), all(1.6f));
    }
    left.sky *= sky;
    left.key *= key;
  }
  return left;
}

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
  F narrow = 0.20f * shade * power(s1, 35.0f), wide = 0.80f * shade * s2_4 * s2_4;
  c.r += narrow + wide * albedo.r;
  c.g += narrow * 0.70f + wide * albedo.g;
  c.b += narrow * 0.46f + wide * albedo.b;
}

// Sky, key, fill, rims, highlight of skin, hair and solids (linear light).
inline Colour lit(const Posed &g, Shading shading, const BlockInput &in, uint32_t i, const Colour &albedo,
                  const Shade &shade) {
  const Light &l = *in.light;
  const float *const *col = in.columns;
  bool skin = shading == Shading::kSkin, hair = shading == Shading::kHair;
  F ao = load(col[AO] + i) * shade.sky, visible = least(load(col[KEY] + i) * shade.key, all(1.0f));
  F nl = dot(g.n, l.key);
  float wrap = skin ? 0.20f + 0.22f * in.subsurface : 0.20f;
  F key = power(clamp01((nl + wrap) * (1.0f / (1.0f + wrap))), 1.15f) * (0.18f + 0.82f * visible);
  F up = 0.5f + 0.5f * g.n.y;
  F fill = clamp01((dot(g.n, l.fill) + 0.2f) * (1.0f / 1.2f)) * ao;
  Colour light;
  light.r = (l.ground[0] + (l.sky[0] - l.ground[0]) * up) * load(col[AO_R] + i) * shade.sky + key * l.key_rgb[0] + fill * l.fill_rgb[0];
  light.g = (l.ground[1] + (l.sky[1] - l.ground[1]) * up) * load(col[AO_G] + i) * shade.sky + key * l.key_rgb[1] + fill * l.fill_rgb[1];
  light.b = (l.ground[2] + (l.sky[2] - l.ground[2]) * up) * load(col[AO_B] + i) * shade.sky + key * l.key_rgb[2] + fill * l.fill_rgb[2];
  if (skin) {  // light that wandered under the skin: warm at the terminator and at shadow edges
    F x = (nl - 0.02f) * (1.0f / 0.26f);
    F terminator = exp2_of(x * x * -1.44269504f) * in.subsurface * (0.35f + 0.65f * ao);
    F edge = load(col[PENUMBRA] + i);
    light.r += terminator * 0.22f + edge * 0.12f;
    light.g += terminator * 0.06f + edge * 0.02f;
    light.b += terminator * 0.025f;
    // skin that is pushed together folds and holds blood, stretched skin pales: smiles blush and furrows darken
    F pressed = most(least(1.0f - g.stretch, all(0.45f)), all(-0.10f));
    light.r *= 1.0f - 0.14f * pressed;
    light.g *= 1.0f - 0.42f * pressed;
    light.b *= 1.0f - 0.42f * pressed;
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

inline Colour shade(const Posed &g, const Block &block, const BlockInput &in, uint32_t i) {
  Shading shading = block.shading;
  const float *const *col = in.columns;
  Colour albedo = {load(col[RED] + i), load(col[GREEN] + i), load(col[BLUE] + i)};
  if (shading == Shading::kEye || shading == Shading::kUnlit) {
    F s = load(col[LIGHT] + i);
    if (shading == Shading::kEye) s = s * (0.62f + 0.38f * clamp01(g.n.z)) * 1.12f;
    return {display(albedo.r * s), display(albedo.g * s), display(albedo.b * s)};
  }
  Colour c = lit(g, shading, in, i, albedo, shade_by_limbs(g, block, in));
  return {display(c.r), display(c.g), display(c.b)};
}

// ------------------------------------------------------------------------------------------------------ projection
struct Projected {
  F x, y, a, b, c, vertex, left, top, right, bottom, opacity, depth;
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
  constexpr float r2 = kRadius * kRadius;
  s.a = yy * inverse * (-1.0f / r2);
  s.b = xy * inverse * (2.0f / r2);
  s.c = xx * inverse * (-1.0f / r2);
  s.vertex = -0.5f / s.a;
  F reach_x = root(xx) * kRadius, reach_y = root(yy) * kRadius;
  s.left = s.x - reach_x;
  s.right = s.x + reach_x;
  s.top = s.y - reach_y;
  s.bottom = s.y + reach_y;
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

// The lanes that are seen, as bits.
inline uint32_t on_picture(const Projected &s, const Camera &cam, uint32_t lanes) {
  // behind the near plane nothing below is meaningful; the last test bounds what a Gaussian at the lens may cover
  I seen = (s.depth > all(cam.near)) & (s.opacity >= all(kOpacityLeast)) & (s.right >= F{}) & (s.bottom >= F{}) &
           (s.left < all(static_cast<float>(cam.width))) & (s.top < all(static_cast<float>(cam.height))) &
           (s.right - s.left < all(2e5f)) & (s.bottom - s.top < all(2e5f));
  return signs(seen) & ((1u << lanes) - 1u);
}

inline I tile_of(F v, int pixels) {  // rounds down: nothing is below 0
  return __builtin_convertvector(least(most(v, F{}), all(static_cast<float>(pixels - 1))), I) >> kTileBits;
}

// Draw less: the levels that are not there are made up for by larger Gaussians.
inline void grow(Posed &g, const BlockInput &in, uint32_t i) {
  const float *share = in.detail.grown;
  F s = load(in.columns[GROWN_0] + i) * share[0] + load(in.columns[GROWN_1] + i) * share[1] + share[2];
  g.a = times(g.a, s);
  g.b = times(g.b, s);
}

uint32_t block(const Block &block, const BlockInput &in, const BlockOutput &out) {
  const float *const *col = in.columns;
  uint32_t seen = 0;
  constexpr float kMostKey = (1 << kKeyBits) - 1;
  for (uint32_t at = 0; at < block.count; at += W) {
    uint32_t i = block.start + at, lanes = block.count - at < W ? block.count - at : W;
    Posed g = {load3(col, PX, i), load3(col, AX, i), load3(col, BX, i), load3(col, NX, i),
               all(1.0f)};
    if (block.deforms) deform(g, in, i, lanes);
    Matrix m;
    skinning(m, block, in, i, lanes);
    g.p = plus(rotate(m, g.p), {m.m[3], m.m[7], m.m[11]});
    g.a = rotate(m, g.a);
    g.b = rotate(m, g.b);
    g.n = unit(rotate(m, g.n));
    if (!in.detail.full) grow(g, in, i);
    F opacity = load(col[OPACITY] + i) * in.detail.opacity[block.level];
    Projected s = project(g, load(col[THICKNESS] + i), opacity, in.camera, block.face_cut);
    uint32_t drawn = on_picture(s, in.camera, lanes);
    if (!drawn && !out.posed) continue;
    Colour c = shade(g, block, in, i);
    if (out.posed) write_posed(*out.posed, g, c, s.opacity, i, lanes);
    I key = __builtin_convertvector(least(most((s.depth - in.camera.near) * in.camera.key_scale, F{}), all(kMostKey)), I);
    I left = tile_of(s.left, in.camera.width), right = tile_of(s.right, in.camera.width);
    I top = tile_of(s.top, in.camera.height), bottom = tile_of(s.bottom, in.camera.height);
    opacity = least(s.opacity, all(kOpacityMost));
    for (; drawn; drawn &= drawn - 1) {
      uint32_t k = __builtin_ctz(drawn);
      out.splats[i + k] = {s.x[k], s.y[k], s.a[k], s.b[k], s.c[k], s.vertex[k], opacity[k],
                           c.r[k], c.g[k], c.b[k], in.clipped[i + k]};
      out.boxes[i + k] = {static_cast<uint16_t>(left[k]), static_cast<uint16_t>(top[k]),
                          static_cast<uint16_t>(right[k]), static_cast<uint16_t>(bottom[k])};
      out.keys[i + k] = static_cast<uint32_t>(key[k]);
      out.seen[block.start + seen++] = i + k;
    }
  }
  return seen;
}

}  // namespace
}  // namespace visavis
