// One frame: deform, light and project, sort, bin, composite.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "scene.hpp"

namespace visavis {
namespace {

constexpr uint32_t kPointsPerTask = 512;
constexpr uint32_t kTilesPerTask = 8;

class Watch {
 public:
  double lap() {
    auto now = std::chrono::steady_clock::now();
    double ms = std::chrono::duration<double, std::milli>(now - last_).count();
    last_ = now;
    return ms;
  }

 private:
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

uint32_t tasks(size_t n) { return static_cast<uint32_t>((n + kPointsPerTask - 1) / kPointsPerTask); }

// A whole number draws the levels up to it; in between, the next level fades in while the others shrink to their size.
Detail detail_of(float detail) {
  Detail d{};
  d.full = detail >= kLevels - 1;
  for (int level = 0; level < kLevels; ++level) {
    d.opacity[level] = std::min(std::max(detail - (level - 1), 0.0f), 1.0f);
    d.grown[level] = std::max(0.0f, 1.0f - std::fabs(detail - level));
  }
  return d;
}

}  // namespace

void Scene::deform(const vv_pose &pose, const vv_camera &c, vv_report &report) {
  // keys span half to one and a half times the distance whatever is drawn, so that they mean the same in every frame
  camera_ = {c.centre[0], c.centre[1], c.distance, c.focal, c.blur, 0.5f * c.distance,
             static_cast<float>((1 << kKeyBits) - 1) / c.distance, c.width, c.height};
  detail_ = detail_of(pose.detail);
  std::copy(pose.joints, pose.joints + 12 * joints_, transforms_.begin());
  const float identity[12] = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0};
  std::copy(identity, identity + 12, transforms_.begin() + 12 * joints_);
  accumulate(pose);
  part_lips();
  raise_lids(pose.lids);
  pool_.run(tasks(lids_.size()), [&](uint32_t t) {
    place_lids(t * kPointsPerTask, std::min<uint32_t>((t + 1) * kPointsPerTask, lids_.size()));
  });
  place_lashes(pose.lids);
  place_glints();
  place_capsules();
  pool_.run(tasks(eye_points_.size()), [&](uint32_t t) {
    light_eyes(t * kPointsPerTask, std::min<uint32_t>((t + 1) * kPointsPerTask, eye_points_.size()));
  });
  light_teeth(pose.teeth_light);
  bound_openings(pose, report);
}

void Scene::project(PosedOut *posed, vv_report &report) {
  BlockInput in{column_pointers_, accumulated_.data(), block_row_.data(), joint_.data(), joint_weight_.data(),
                transforms_.data(), clipped_.data(), &light_, subsurface_, camera_, capsules_.data(),
                static_cast<uint32_t>(capsules_.size()), detail_};
  BlockOutput out{splats_.data(), boxes_.data(), keys_.data(), seen_.data(), posed};
  pool_.run(static_cast<uint32_t>(blocks_.size()), [&](uint32_t b) {
    bool there = posed || detail_.opacity[blocks_[b].level] > 0;
    block_seen_[b] = there ? kernels_->block(blocks_[b], in, out) : 0;
  });
  uint32_t drawn = 0;
  for (size_t b = 0; b < blocks_.size(); ++b) {  // close the gaps between the blocks
    std::memmove(seen_.data() + drawn, seen_.data() + blocks_[b].start, block_seen_[b] * sizeof(uint32_t));
    drawn += block_seen_[b];
  }
  report.drawn = drawn;
}

void Scene::draw(const vv_pose &pose, const vv_camera &camera, const uint8_t *background, int channels, uint8_t *out,
                 vv_report &report) {
  growths_ = 0;
  Watch watch;
  deform(pose, camera, report);
  report.deform_ms = watch.lap();
  project(nullptr, report);
  report.project_ms = watch.lap();
  order_.sort(keys_.data(), seen_.data(), report.drawn, growths_);
  report.sort_ms = watch.lap();
  order_.bin(boxes_.data(), pool_, camera.width, camera.height, tile_list_, growths_);
  report.bin_ms = watch.lap();
  uint32_t n = order_.tiles();
  pool_.run((n + kTilesPerTask - 1) / kTilesPerTask, [&](uint32_t task) {
    for (uint32_t t = task * kTilesPerTask; t < std::min(n, (task + 1) * kTilesPerTask); ++t) {
      uint32_t begin = order_.tile_begin()[t];
      kernels_->tile({splats_.data(), tile_list_.data() + begin, order_.tile_begin()[t + 1] - begin, stencil_.mask(),
                      background, out, channels, camera.width, camera.height,
                      static_cast<int>(t % order_.tiles_x() * kTile), static_cast<int>(t / order_.tiles_x() * kTile)});
    }
  });
  report.composite_ms = watch.lap();
  report.growths = growths_;
}

void Scene::pose_gaussians(const vv_pose &pose, const vv_camera &camera, const vv_posed &out, uint8_t *mask,
                           vv_report &report) {
  growths_ = 0;
  deform(pose, camera, report);
  PosedOut posed{out.position, out.tangent_a, out.tangent_b, out.normal, out.colour, out.opacity};
  project(&posed, report);
  if (mask) std::memcpy(mask, stencil_.mask(), static_cast<size_t>(camera.width) * camera.height);
  report.growths = growths_;
}

}  // namespace visavis
