#include "scene.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace visavis {
namespace {

enum Material : uint8_t {
  kSkin, kInnerLip, kHair, kBeard, kCloth, kEye, kGlint, kCavity, kTeeth, kTongue, kLash, kBrow
};

void normalise(float v[3]) {
  float s = 1.0f / std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]);
  for (int k = 0; k < 3; ++k) v[k] *= s;
}

void set(float to[3], float x, float y, float z, float scale = 1.0f) {
  to[0] = x * scale;
  to[1] = y * scale;
  to[2] = z * scale;
}

// A portrait set-up: warm key from the own right above, cool fill, two rim lights from behind, sky and ground.
Light portrait_light() {
  Light l;
  set(l.key, -0.46f, 0.56f, 0.80f);
  set(l.fill, 0.75f, 0.10f, 0.70f);
  set(l.rim[0], 0.82f, 0.42f, -0.55f);
  set(l.rim[1], -0.90f, 0.25f, -0.50f);
  for (float *direction : {l.key, l.fill, l.rim[0], l.rim[1]}) normalise(direction);
  set(l.half, l.key[0], l.key[1], l.key[2] + 1.0f);  // between the key light and the viewer
  normalise(l.half);
  set(l.key_rgb, 1.02f, 0.95f, 0.86f, 1.30f);
  set(l.fill_rgb, 0.74f, 0.76f, 0.84f, 0.52f);
  set(l.rim_rgb[0], 0.80f, 0.92f, 1.0f, 1.15f);
  set(l.rim_rgb[1], 1.0f, 0.86f, 0.70f, 0.45f);
  set(l.sky, 0.64f, 0.66f, 0.72f, 0.72f);
  set(l.ground, 0.62f, 0.52f, 0.47f, 0.68f);
  return l;
}

Shading shading_of(uint8_t material) {
  switch (material) {
    case kSkin: case kInnerLip: return Shading::kSkin;
    case kHair: case kBeard: return Shading::kHair;
    case kEye: return Shading::kEye;
    case kGlint: case kCavity: case kTeeth: case kTongue: return Shading::kUnlit;
    default: return Shading::kSolid;
  }
}

// Normal . view below which a Gaussian is dropped: closed surfaces soon, hair late, thin and open things never.
float face_cut_of(uint8_t material) {
  if (material == kSkin || material == kCloth || material == kBrow) return -0.15f;
  return material == kHair ? -0.45f : -2.0f;
}

}  // namespace

Scene::Scene(const vv_avatar &a, int threads, const Kernels *kernels)
    : process(static_cast<long>(getpid())), kernels_(kernels), pool_(threads), count_(a.gaussians), joints_(a.joints),
      contour_(a.contour), coefficients_(a.coefficients), head_(a.head_joint), subsurface_(a.subsurface),
      stride_((static_cast<size_t>(a.gaussians) + 63) / 32 * 32), light_(portrait_light()) {
  eye_joint_[0] = a.eye_joint[0];
  eye_joint_[1] = a.eye_joint[1];
  std::copy(a.eyes, a.eyes + 2, eyes_);
  copy_columns(a);
  copy_rows(a);
  make_lid_tables();
  copy_face(a);
  make_blocks(a);
  make_capsules(a);
  transforms_.resize((joints_ + 1) * 12);
  overlap_.resize(contour_);
  polygon_.resize(2 * std::max<size_t>(2 * contour_, 2 * 48));
  uint32_t growths = 0;
  splats_.reserve(count_, growths);
  boxes_.reserve(count_, growths);
  keys_.reserve(count_, growths);
  seen_.reserve(count_, growths);
  accumulated_.reserve(static_cast<size_t>(rows_) * kAccumulated + 1, growths);
}

void Scene::copy_columns(const vv_avatar &a) {
  uint32_t growths = 0;
  columns_.reserve(stride_ * COLUMNS, growths);
  std::memset(columns_.data(), 0, stride_ * COLUMNS * sizeof(float));
  for (int c = 0; c < COLUMNS; ++c) column_pointers_[c] = column(c);
  const float *threes[] = {a.position, a.tangent_a, a.tangent_b, a.normal};
  for (uint32_t i = 0; i < count_; ++i) {
    for (int part = 0; part < 4; ++part)
      for (int k = 0; k < 3; ++k) column(PX + 3 * part + k)[i] = threes[part][3 * i + k];
    bool skin = shading_of(a.material[i]) == Shading::kSkin, hair = shading_of(a.material[i]) == Shading::kHair;
    float ao = std::pow(a.ambient[i], 1.25f), key = a.key_visibility[i], s = skin ? a.subsurface : 0.0f;
    const float *albedo = a.albedo + 3 * i;
    float brightest = std::max({albedo[0], albedo[1], albedo[2]});
    column(THICKNESS)[i] = a.thickness[i];
    column(OPACITY)[i] = a.opacity[i];
    column(SHINE)[i] = std::min(a.specular[i], 1.0f) * key * (skin ? a.gloss : 1.0f);
    column(AO)[i] = ao;
    column(KEY)[i] = key;
    column(PENUMBRA)[i] = key * (1 - key) * 4 * s;
    column(LIGHT)[i] = 1.0f;
    column(GROWN_0)[i] = a.grown[2 * i];
    column(GROWN_1)[i] = a.grown[2 * i + 1];
    // red light wanders out of creases, so skin's occlusion is weaker in red
    const float tint[3] = {-0.28f, 0.08f, 0.18f};
    for (int k = 0; k < 3; ++k) {
      column(RED + k)[i] = albedo[k];
      column(AO_R + k)[i] = std::pow(ao, 1.0f + s * tint[k]);
      column(RIM_R + k)[i] = (hair ? 0.42f : 0.62f) * (0.35f + 0.65f * albedo[k] / (brightest + 0.05f));
    }
    for (int k = 0; k < 2; ++k) column(RIM_0 + k)[i] = a.rim_visibility[2 * i + k];
  }
}

void Scene::copy_rows(const vv_avatar &a) {
  row_.assign(count_, kNone);
  auto need = [&](const uint32_t *index, uint32_t n) {
    for (uint32_t k = 0; k < n; ++k) row_[index[k]] = 0;
  };
  need(a.delta_index, a.deltas);
  need(a.lip_upper, contour_);
  need(a.lip_lower, contour_);
  need(a.lip_index, a.lip_points);
  for (uint32_t &row : row_)
    if (row != kNone) row = rows_++;
  block_row_ = row_;
  for (uint32_t k = 0; k < a.lids; ++k) block_row_[a.lid_index[k]] = kNone;
  for (uint32_t k = 0; k < a.lashes; ++k) block_row_[a.lash_index[k]] = kNone;
  delta_offset_.assign(a.delta_offset, a.delta_offset + a.coefficients + 1);
  delta_row_.resize(a.deltas);
  for (uint32_t k = 0; k < a.deltas; ++k) delta_row_[k] = row_[a.delta_index[k]];
  delta_value_.assign(a.delta_value, a.delta_value + static_cast<size_t>(a.deltas) * kAccumulated);
}

void Scene::copy_face(const vv_avatar &a) {
  lip_upper_.assign(a.lip_upper, a.lip_upper + contour_);
  lip_lower_.assign(a.lip_lower, a.lip_lower + contour_);
  std::vector<uint8_t> guides(count_, 0);  // part_lips moves them itself, exactly
  for (uint32_t k = 0; k < contour_; ++k) guides[lip_upper_[k]] = guides[lip_lower_[k]] = 1;
  for (uint32_t k = 0; k < a.lip_points; ++k) {
    if (guides[a.lip_index[k]]) continue;
    uint32_t segment = std::min(static_cast<uint32_t>(a.lip_position[k]), contour_ - 2);
    lip_points_.push_back({row_[a.lip_index[k]], segment, a.lip_position[k] - segment, a.lip_weight[k]});
  }
  for (uint32_t k = 0; k < a.lids; ++k) {
    float azimuth = a.lid_param[2 * k], place = LidTable::place(azimuth);
    LidPoint p{};
    p.index = a.lid_index[k];
    p.row = row_[p.index];
    p.eye = a.lid_part[k] >> 1;
    p.lower = a.lid_part[k] & 1;
    p.table = std::min(static_cast<int>(place), LidTable::kSamples - 2);
    p.fraction = place - p.table;
    p.sin_azimuth = std::sin(azimuth);
    p.cos_azimuth = std::cos(azimuth);
    p.azimuth_row = a.lid_param[2 * k + 1];
    std::copy(a.lid_radius + 3 * k, a.lid_radius + 3 * k + 3, p.radius);
    std::copy(a.lid_sigma + 2 * k, a.lid_sigma + 2 * k + 2, p.sigma);
    lids_.push_back(p);
  }
  auto length = [](const float *v) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); };
  for (uint32_t k = 0; k < a.lashes; ++k) {
    uint32_t i = a.lash_index[k];
    const float *p = a.lash_param + 3 * k;
    lashes_.push_back({i, a.lash_eye[k], p[0], p[1], p[2], length(a.tangent_a + 3 * i), length(a.tangent_b + 3 * i)});
  }
  for (uint32_t i = 0; i < count_; ++i) {
    uint8_t eye = a.stencil[i] == 3 || (a.stencil[i] != 2 && a.position[3 * i] < 0) ? 1 : 0;
    if (a.material[i] == kTeeth) teeth_.push_back(i);
    if (a.material[i] == kEye) eye_points_.push_back({i, eye});
    if (a.material[i] != kGlint) continue;
    GlintPoint g{i, eye, {}, 0};
    float away[3];
    for (int k = 0; k < 3; ++k) {
      g.direction[k] = a.normal[3 * i + k];
      away[k] = a.position[3 * i + k] - eyes_[eye].centre[k];
    }
    g.distance = length(away);
    glints_.push_back(g);
  }
}

float LidTable::place(float azimuth) {
  float p = (azimuth / kRange + 1.0f) * (0.5f * (kSamples - 1));
  return std::min(std::max(p, 0.0f), static_cast<float>(kSamples - 1));
}

float LidTable::at(float azimuth) const {
  float p = place(azimuth);
  int i = std::min(static_cast<int>(p), kSamples - 2);
  return at(i, p - i);
}

void Scene::make_lid_tables() {
  for (int e = 0; e < 2; ++e) {
    const vv_eye &eye = eyes_[e];
    float side = e == 0 ? 1.0f : -1.0f;
    float half = 0.5f * (eye.temporal - eye.nasal), middle = 0.5f * (eye.temporal + eye.nasal);
    for (int lower = 0; lower < 2; ++lower) {
      const vv_lid &lid = lower ? eye.lower : eye.upper;
      LidTable &t = tables_[e][lower];
      for (int i = 0; i < LidTable::kSamples; ++i) {
        float azimuth = (2.0f * i / (LidTable::kSamples - 1) - 1.0f) * LidTable::kRange;
        float u = std::min(std::max((azimuth * side - middle) / half, -1.0f), 1.0f);
        float bent = std::fabs(u + lid.skew * (1 - u * u));
        t.profile[i] = std::max(0.0f, 1.0f - std::pow(bent, lid.power));
        t.corner[i] = eye.corner_elevation + eye.corner_tilt * u;
        t.brow[i] = std::min(std::max(0.5f - u, 0.0f), 1.0f);
      }
    }
  }
}

void Scene::make_blocks(const vv_avatar &a) {
  joint_.assign(a.joint, a.joint + 2 * static_cast<size_t>(count_));
  joint_weight_.assign(a.joint_weight, a.joint_weight + count_);
  clipped_.resize(count_);
  for (uint32_t i = 0; i < count_; ++i) clipped_[i] = a.stencil[i] != 0;
  for (const GlintPoint &g : glints_) {  // placed in the world by place_glints: skinned by the identity behind the joints
    joint_[2 * g.index] = joint_[2 * g.index + 1] = static_cast<uint8_t>(joints_);
    joint_weight_[g.index] = 0;
  }
  auto single = [&](uint32_t i) {
    bool one = joint_weight_[i] == 0 || joint_[2 * i] == joint_[2 * i + 1];
    return one ? static_cast<uint32_t>(joint_[2 * i]) : kNone;
  };
  auto group = [&](uint32_t i) { return static_cast<uint32_t>(a.joint_group[a.joint[2 * static_cast<size_t>(i)]]); };
  for (uint32_t i = 0; i < count_;) {
    Block b{i, 0, shading_of(a.material[i]), false, a.level[i], face_cut_of(a.material[i]), single(i), group(i)};
    while (i < count_ && b.count < kBlock && shading_of(a.material[i]) == b.shading &&
           face_cut_of(a.material[i]) == b.face_cut && group(i) == b.group && a.level[i] == b.level) {
      b.deforms = b.deforms || block_row_[i] != kNone;
      if (single(i) != b.joint) b.joint = kNone;
      ++b.count;
      ++i;
    }
    blocks_.push_back(b);
  }
  block_seen_.resize(blocks_.size());
}

void Scene::make_capsules(const vv_avatar &a) {
  for (uint32_t k = 0; k < a.capsules; ++k) {
    const vv_capsule &from = a.capsule[k];
    Capsule c{};
    std::copy(from.from, from.from + 3, c.rest_from);
    for (int i = 0; i < 3; ++i) c.rest_along[i] = from.to[i] - from.from[i];
    c.radius = from.radius;
    c.shades = from.shades;
    c.relative = from.relative != 0;
    capsules_.push_back(c);
    capsule_joint_.push_back(from.joint);
  }
}

}  // namespace visavis
