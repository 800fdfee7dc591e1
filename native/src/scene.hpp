// A scene: one avatar's arrays as the kernels want them, and the buffers of one frame.
#pragma once
#include <memory>
#include <mutex>
#include <vector>

#include "buffer.hpp"
#include "kernels.hpp"
#include "order.hpp"
#include "pool.hpp"
#include "stencil.hpp"
#include "visavis_native.h"

namespace visavis {

// A lid's edge over azimuth, as a table; profile, corner and brow weights are fixed, the edge is made every frame.
struct LidTable {
  static constexpr int kSamples = 513;
  static constexpr float kRange = 1.6f;  // rad to either side
  float profile[kSamples], corner[kSamples], brow[kSamples], edge[kSamples];

  static float place(float azimuth);  // continuous index, clamped
  float at(float azimuth) const;
  float at(int index, float fraction) const { return edge[index] + fraction * (edge[index + 1] - edge[index]); }
};

struct LidPoint {
  uint32_t index, row;  // Gaussian; its row of accumulated deltas or kNone
  uint8_t eye, lower;
  int table;            // index and fraction in the lid's table
  float fraction, sin_azimuth, cos_azimuth, azimuth_row, radius[3], sigma[2];
};

struct LashPoint {
  uint32_t index;
  uint8_t eye;
  float azimuth, place, length, size_a, size_b;
};

struct GlintPoint {
  uint32_t index;
  uint8_t eye;
  float direction[3], distance;
};

struct EyePoint {
  uint32_t index;
  uint8_t eye;
};

struct LipPoint {
  uint32_t row, segment;
  float fraction, weight;
};

class Scene {
 public:
  Scene(const vv_avatar &avatar, int threads, const Kernels *kernels);

  void draw(const vv_pose &pose, const vv_camera &camera, const uint8_t *background, int channels, uint8_t *out,
            vv_report &report);
  void pose_gaussians(const vv_pose &pose, const vv_camera &camera, const vv_posed &out, uint8_t *mask,
                      vv_report &report);

  const long process;  // that made it: threads do not survive a fork
  std::mutex lock;

 private:
  // scene.cpp: made once
  void copy_columns(const vv_avatar &a);
  void copy_rows(const vv_avatar &a);
  void copy_face(const vv_avatar &a);
  void make_lid_tables();
  void make_blocks(const vv_avatar &a);
  void make_capsules(const vv_avatar &a);
  // face.cpp: every frame
  void accumulate(const vv_pose &pose);
  void part_lips();
  void raise_lids(const vv_lid_drive &drive);
  void place_lids(uint32_t first, uint32_t last);
  void place_lashes(const vv_lid_drive &drive);
  void place_glints();
  void place_capsules();
  void light_eyes(uint32_t first, uint32_t last);
  void light_teeth(float light);
  void bound_openings(const vv_pose &pose, vv_report &report);
  void guide(uint32_t index, const vv_pose &pose, float out[3]) const;
  // frame.cpp: every frame
  void deform(const vv_pose &pose, const vv_camera &camera, vv_report &report);
  void project(PosedOut *posed, vv_report &report);

  float *column(int c) { return columns_.data() + static_cast<size_t>(c) * stride_; }

  const Kernels *kernels_;
  Pool pool_;
  uint32_t count_, joints_, contour_, coefficients_, rows_ = 0, growths_ = 0;
  uint32_t head_, eye_joint_[2];
  float subsurface_;
  vv_eye eyes_[2];
  size_t stride_;

  Buffer<float> columns_;
  const float *column_pointers_[COLUMNS];
  std::vector<uint8_t> joint_, clipped_;
  std::vector<float> joint_weight_;
  std::vector<uint32_t> row_, block_row_;            // per Gaussian, kNone where it has no deltas
  std::vector<uint32_t> delta_offset_, delta_row_;   // entries of a coefficient; their rows
  std::vector<float> delta_value_;
  std::vector<uint32_t> lip_upper_, lip_lower_;
  std::vector<LipPoint> lip_points_;
  std::vector<LidPoint> lids_;
  std::vector<LashPoint> lashes_;
  std::vector<GlintPoint> glints_;
  std::vector<EyePoint> eye_points_;
  std::vector<uint32_t> teeth_;
  LidTable tables_[2][2];  // eye, upper/lower
  std::vector<Block> blocks_;
  std::vector<Capsule> capsules_;
  std::vector<uint32_t> capsule_joint_;
  Light light_;

  // of the frame
  Camera camera_{};
  Buffer<float> accumulated_;
  std::vector<float> transforms_;  // joints + the identity, 12 floats each
  std::vector<float> overlap_;     // of the lips along the contour, mm
  std::vector<float> polygon_;     // screen points of one opening
  Detail detail_{};
  Buffer<Splat> splats_;
  Buffer<Box> boxes_;
  Buffer<uint32_t> keys_, seen_, tile_list_;
  std::vector<uint32_t> block_seen_;
  Order order_;
  Stencil stencil_;
};

}  // namespace visavis
