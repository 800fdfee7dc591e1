// What of the face is not a plain sum of deltas: lips that never cross, lids, lashes, glints, eye shading, openings.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "scene.hpp"

namespace visavis {
namespace {

constexpr float kUpperShare = 0.25f, kLowerShare = 0.75f;  // of the lips' way to each other
constexpr float kTouch = 0.15f;       // mm; a smaller gap of the lips counts as closed
constexpr int kLidPoints = 48;        // along one lid edge of an opening
constexpr float kGlintFollow = 0.45f; // how far a highlight slides with the gaze
constexpr uint32_t kRowsPerTask = 2048;

float clamp(float x, float low, float high) { return std::min(std::max(x, low), high); }
float smoothstep(float x, float a, float b) {
  float t = clamp((x - a) / (b - a), 0.0f, 1.0f);
  return t * t * (3.0f - 2.0f * t);
}
void cross(const float a[3], const float b[3], float out[3]) {
  for (int k = 0; k < 3; ++k) out[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
}
float length(const float v[3]) { return std::sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]); }
void normalise(float v[3]) {
  float s = 1.0f / (length(v) + 1e-9f);
  for (int k = 0; k < 3; ++k) v[k] *= s;
}
void apply(const float m[12], const float p[3], float out[3]) {
  for (int k = 0; k < 3; ++k) out[k] = m[4 * k] * p[0] + m[4 * k + 1] * p[1] + m[4 * k + 2] * p[2] + m[4 * k + 3];
}

}  // namespace

void Scene::accumulate(const vv_pose &pose) {
  uint32_t tasks = (rows_ + kRowsPerTask - 1) / kRowsPerTask;
  pool_.run(tasks, [&](uint32_t task) {
    uint32_t first = task * kRowsPerTask, last = std::min(rows_, first + kRowsPerTask);
    float *out = accumulated_.data();
    std::memset(out + static_cast<size_t>(first) * kAccumulated, 0,
                static_cast<size_t>(last - first) * kAccumulated * sizeof(float));
    for (uint32_t c = 0; c < coefficients_; ++c) {
      float weight = pose.coefficients[c];
      if (weight == 0.0f) continue;
      const uint32_t *begin = delta_row_.data() + delta_offset_[c], *end = delta_row_.data() + delta_offset_[c + 1];
      uint32_t from = static_cast<uint32_t>(std::lower_bound(begin, end, first) - delta_row_.data());
      uint32_t to = static_cast<uint32_t>(std::lower_bound(begin, end, last) - delta_row_.data());
      kernels_->accumulate(delta_row_.data(), delta_value_.data(), from, to, weight, out);
    }
  });
}

// Where the lower lip line would lie above the upper one, both go back to where they touch, and the lips with them.
void Scene::part_lips() {
  float *moved = accumulated_.data();
  const float *y = column(PY);
  bool any = false;
  for (uint32_t i = 0; i < contour_; ++i) {
    float &up = moved[static_cast<size_t>(row_[lip_upper_[i]]) * kAccumulated + 1];
    float &low = moved[static_cast<size_t>(row_[lip_lower_[i]]) * kAccumulated + 1];
    float overlap = std::max(0.0f, (y[lip_lower_[i]] + low) - (y[lip_upper_[i]] + up));
    overlap_[i] = overlap;
    any = any || overlap > 0;
    up += kUpperShare * overlap;
    low -= kLowerShare * overlap;
  }
  if (!any) return;
  for (const LipPoint &p : lip_points_) {
    float overlap = overlap_[p.segment] + p.fraction * (overlap_[p.segment + 1] - overlap_[p.segment]);
    float share = p.weight > 0 ? kUpperShare : kLowerShare;
    moved[static_cast<size_t>(p.row) * kAccumulated + 1] += p.weight * share * overlap;
  }
}

void Scene::raise_lids(const vv_lid_drive &d) {
  for (int e = 0; e < 2; ++e) {
    for (int lower = 0; lower < 2; ++lower) {
      const vv_lid &lid = lower ? eyes_[e].lower : eyes_[e].upper;
      LidTable &t = tables_[e][lower];
      float opening = lid.open + lid.gaze * d.elevation[e] + lid.wide * d.wide[e] + lid.squint * d.squint[e] +
                      lid.cheek_squint * d.cheek_squint[e] + lid.smile * d.smile[e];
      float brow = lid.brow_down * d.brow_down[e], blink = d.blink[e];
      for (int i = 0; i < LidTable::kSamples; ++i) {
        float open = opening + brow * t.brow[i];
        if (!lower) open = std::max(open, lid.shut);
        t.edge[i] = t.corner[i] + t.profile[i] * (open * (1 - blink) + lid.shut * blink);
      }
    }
    float meet = d.blink[e] * d.blink[e];
    for (int i = 0; i < LidTable::kSamples; ++i) {  // the lower lid stops at the upper one, and meets it in a blink
      float upper = tables_[e][0].edge[i], &lower = tables_[e][1].edge[i];
      lower = std::min(lower, upper);
      lower += meet * (upper - lower);
    }
  }
}

void Scene::place_lids(uint32_t first, uint32_t last) {
  constexpr float kPerSample = (LidTable::kSamples - 1) / (2 * LidTable::kRange);
  for (uint32_t k = first; k < last; ++k) {
    const LidPoint &p = lids_[k];
    const vv_eye &eye = eyes_[p.eye];
    const LidTable &t = tables_[p.eye][p.lower];
    float crease = (p.lower ? eye.lower : eye.upper).crease;
    float edge = t.at(p.table, p.fraction), slope = (t.edge[p.table + 1] - t.edge[p.table]) * kPerSample;
    float elevation = crease + (edge - crease) * p.azimuth_row;
    float s = std::sin(elevation), c = std::cos(elevation), sa = p.sin_azimuth, ca = p.cos_azimuth;
    const float n[3] = {sa * c, s, ca * c}, by_azimuth[3] = {ca * c, 0, -sa * c}, by_elevation[3] = {-sa * s, c, -ca * s};
    float a[3], b[3];
    for (int j = 0; j < 3; ++j) {
      a[j] = p.radius[1] * n[j] + p.radius[0] * (by_azimuth[j] + by_elevation[j] * slope * p.azimuth_row);
      b[j] = p.radius[2] * n[j] + p.radius[0] * by_elevation[j] * (edge - crease);
    }
    float la = length(a) + 1e-9f, lb = length(b) + 1e-9f;
    float size_a = clamp(la * p.sigma[0], eye.sigma_low[0], eye.sigma_high[0]) / la;
    float size_b = clamp(lb * p.sigma[1], eye.sigma_low[1], eye.sigma_high[1]) / lb;
    const float *follow = p.row == kNone ? nullptr : accumulated_.data() + static_cast<size_t>(p.row) * kAccumulated;
    for (int j = 0; j < 3; ++j) {
      column(PX + j)[p.index] = eye.centre[j] + p.radius[0] * n[j] + (follow ? follow[j] : 0.0f);
      column(AX + j)[p.index] = a[j] * size_a;
      column(BX + j)[p.index] = b[j] * size_b;
      column(NX + j)[p.index] = n[j];
    }
  }
}

void Scene::place_lashes(const vv_lid_drive &drive) {
  for (const LashPoint &p : lashes_) {
    const vv_eye &eye = eyes_[p.eye];
    float elevation = tables_[p.eye][0].at(p.azimuth), s = std::sin(elevation), c = std::cos(elevation);
    float n[3] = {std::sin(p.azimuth) * c, s, std::cos(p.azimuth) * c};
    float outward = p.eye == 0 ? 1.0f : -1.0f;
    // out and up when the eye is open, down when it is shut
    float d[3] = {outward * (0.25f + 0.75f * std::fabs(p.azimuth)), 0.75f - 1.25f * drive.blink[p.eye], 0.55f};
    normalise(d);
    float along[3] = {d[0], d[1] + 0.3f, d[2]}, across[3];
    normalise(along);
    cross(along, n, across);
    normalise(across);
    float reach = p.length * p.place;
    for (int j = 0; j < 3; ++j) {
      float curl = j == 1 ? 0.22f * p.length * p.place * p.place : 0.0f;
      column(PX + j)[p.index] = eye.centre[j] + eye.lash_radius * n[j] + d[j] * reach + curl;
      column(AX + j)[p.index] = along[j] * p.size_a;
      column(BX + j)[p.index] = across[j] * p.size_b;
      column(NX + j)[p.index] = n[j];
    }
  }
}

// Highlights mirror the light: they stay where they are on the picture while the eye turns, and slide a little with it.
void Scene::place_glints() {
  for (const GlintPoint &g : glints_) {
    const float *m = transforms_.data() + 12 * eye_joint_[g.eye];
    float centre[3], d[3];
    apply(m, eyes_[g.eye].centre, centre);
    for (int k = 0; k < 3; ++k) d[k] = g.direction[k] + kGlintFollow * (m[4 * k + 2] - (k == 2 ? 1.0f : 0.0f));
    normalise(d);
    for (int k = 0; k < 3; ++k) {
      column(PX + k)[g.index] = centre[k] + g.distance * d[k];
      column(NX + k)[g.index] = k == 2 ? 1.0f : 0.0f;
    }
  }
}

void Scene::place_capsules() {
  for (size_t k = 0; k < capsules_.size(); ++k) {
    Capsule &c = capsules_[k];
    const float *m = transforms_.data() + 12 * capsule_joint_[k];
    float to[3], end[3];
    for (int i = 0; i < 3; ++i) end[i] = c.rest_from[i] + c.rest_along[i];
    apply(m, c.rest_from, c.from);
    apply(m, end, to);
    for (int i = 0; i < 3; ++i) c.along[i] = to[i] - c.from[i];
  }
}

// The shade of the lids on the eyeball, by the angle between a point and the lids' edges.
void Scene::light_eyes(uint32_t first, uint32_t last) {
  float *light = column(LIGHT);
  for (uint32_t k = first; k < last; ++k) {
    const EyePoint &p = eye_points_[k];
    const float *head = transforms_.data() + 12 * head_, *turn = transforms_.data() + 12 * eye_joint_[p.eye];
    float n[3] = {column(NX)[p.index], column(NY)[p.index], column(NZ)[p.index]}, world[3], d[3];
    for (int i = 0; i < 3; ++i) world[i] = turn[4 * i] * n[0] + turn[4 * i + 1] * n[1] + turn[4 * i + 2] * n[2];
    for (int i = 0; i < 3; ++i) d[i] = head[i] * world[0] + head[4 + i] * world[1] + head[8 + i] * world[2];
    float azimuth = std::atan2(d[0], d[2]), elevation = std::asin(clamp(d[1], -1.0f, 1.0f));
    float above = tables_[p.eye][0].at(azimuth) - elevation, below = elevation - tables_[p.eye][1].at(azimuth);
    float side = p.eye == 0 ? azimuth : -azimuth;
    light[p.index] = (0.52f + 0.48f * smoothstep(above, 0.0f, 0.26f)) * (0.86f + 0.14f * smoothstep(below, 0.0f, 0.12f)) *
                     (0.74f + 0.26f * smoothstep(std::fabs(side - 0.03f), 0.95f, 0.55f));
  }
}

void Scene::light_teeth(float light) {
  for (uint32_t i : teeth_) column(LIGHT)[i] = light;
}

void Scene::guide(uint32_t index, const vv_pose &pose, float out[3]) const {
  const float *moved = accumulated_.data() + static_cast<size_t>(row_[index]) * kAccumulated;
  float p[3], a[3], b[3];
  for (int k = 0; k < 3; ++k) p[k] = column_pointers_[PX + k][index] + moved[k];
  apply(pose.joints + 12 * joint_[2 * index], p, a);
  apply(pose.joints + 12 * joint_[2 * index + 1], p, b);
  for (int k = 0; k < 3; ++k) out[k] = a[k] + joint_weight_[index] * (b[k] - a[k]);
}

// The mouth's opening between the lip lines, and the eyes' between the lids, as coverage on the picture.
void Scene::bound_openings(const vv_pose &pose, vv_report &report) {
  const Camera &cam = camera_;
  auto screen = [&](const float p[3], float *to) {
    float f = cam.focal / std::max(cam.distance - p[2], cam.near);
    to[0] = 0.5f * cam.width + f * (p[0] - cam.centre_x);
    to[1] = 0.5f * cam.height + f * (cam.centre_y - p[1]);
  };
  stencil_.begin(cam.width, cam.height, growths_);
  report.mouth_gap_mm = report.mouth_gap_px = 0;
  float *points = polygon_.data();
  for (uint32_t i = 0; i < contour_; ++i) {
    float up[3], low[3];
    guide(lip_upper_[i], pose, up);
    guide(lip_lower_[i], pose, low);
    const float *mu = accumulated_.data() + static_cast<size_t>(row_[lip_upper_[i]]) * kAccumulated;
    const float *ml = accumulated_.data() + static_cast<size_t>(row_[lip_lower_[i]]) * kAccumulated;
    float gap = (column(PY)[lip_upper_[i]] + mu[1]) - (column(PY)[lip_lower_[i]] + ml[1]);
    float *p = points + 2 * i, *q = points + 2 * (2 * contour_ - 1 - i);
    screen(up, p);
    screen(gap > kTouch ? low : up, q);
    if (gap <= kTouch) continue;
    report.mouth_gap_mm = std::max(report.mouth_gap_mm, gap);
    report.mouth_gap_px = std::max(report.mouth_gap_px, std::hypot(p[0] - q[0], p[1] - q[1]));
  }
  stencil_.add(points, 2 * contour_, growths_);
  for (int e = 0; e < 2; ++e) {
    const vv_eye &eye = eyes_[e];
    float side = e == 0 ? 1.0f : -1.0f, from = side > 0 ? eye.nasal : -eye.temporal;
    for (int i = 0; i < kLidPoints; ++i) {  // from the own right to the left, like the lips
      float azimuth = from + (eye.temporal - eye.nasal) * i / (kLidPoints - 1);
      for (int lower = 0; lower < 2; ++lower) {
        float elevation = tables_[e][lower].at(azimuth), c = std::cos(elevation), r = eye.opening_radius;
        float p[3] = {eye.centre[0] + r * std::sin(azimuth) * c, eye.centre[1] + r * std::sin(elevation),
                      eye.centre[2] + r * std::cos(azimuth) * c};
        float world[3];
        apply(pose.joints + 12 * head_, p, world);
        screen(world, points + 2 * (lower ? 2 * kLidPoints - 1 - i : i));
      }
    }
    stencil_.add(points, 2 * kLidPoints, growths_);
  }
}

}  // namespace visavis
