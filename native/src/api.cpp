// The C interface: checks, locks, and turns exceptions into codes.
#include "visavis_native.h"

#include <unistd.h>

#include <cmath>
#include <new>
#include <system_error>

#include "scene.hpp"

struct vv_scene {
  visavis::Scene scene;
};

namespace {

constexpr int kMostThreads = 64, kMostPixels = 16384;

bool cpu_has_avx2() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
  return false;
#endif
}

const visavis::Kernels *kernels_for(int32_t isa) {
  const visavis::Kernels *fast = cpu_has_avx2() ? visavis::kernels_avx2() : nullptr;
  if (isa == VV_ISA_AVX2) return fast;
  if (isa == VV_ISA_BEST && fast) return fast;
  return isa == VV_ISA_BEST || isa == VV_ISA_BASELINE ? visavis::kernels_baseline() : nullptr;
}

bool below(const uint32_t *index, uint32_t n, uint32_t bound) {
  for (uint32_t k = 0; k < n; ++k)
    if (index[k] >= bound) return false;
  return true;
}

bool below(const uint8_t *index, size_t n, uint32_t bound) {
  for (size_t k = 0; k < n; ++k)
    if (index[k] >= bound) return false;
  return true;
}

// Every index that is followed without a further test.
bool sound(const vv_avatar &a) {
  if (a.gaussians == 0 || a.contour < 2 || a.joints == 0 || a.joints > 254 || a.head_joint >= a.joints) return false;
  if (a.eye_joint[0] >= a.joints || a.eye_joint[1] >= a.joints) return false;
  if (a.delta_offset[0] != 0 || a.delta_offset[a.coefficients] != a.deltas) return false;
  for (uint32_t c = 0; c < a.coefficients; ++c)
    if (a.delta_offset[c + 1] < a.delta_offset[c]) return false;
  if (a.capsules > visavis::kMostCapsules) return false;
  for (uint32_t k = 0; k < a.capsules; ++k)
    if (a.capsule[k].joint >= a.joints || !(a.capsule[k].radius > 0)) return false;
  for (uint32_t k = 0; k < a.lip_points; ++k)
    if (!(a.lip_position[k] >= 0 && a.lip_position[k] <= static_cast<float>(a.contour - 1))) return false;
  return below(a.delta_index, a.deltas, a.gaussians) && below(a.lip_upper, a.contour, a.gaussians) &&
         below(a.lip_lower, a.contour, a.gaussians) && below(a.lip_index, a.lip_points, a.gaussians) &&
         below(a.lid_index, a.lids, a.gaussians) && below(a.lid_part, a.lids, 4) &&
         below(a.lash_index, a.lashes, a.gaussians) && below(a.lash_eye, a.lashes, 2) &&
         below(a.joint, 2 * static_cast<size_t>(a.gaussians), a.joints) && below(a.material, a.gaussians, 12) &&
         below(a.level, a.gaussians, visavis::kLevels);
}

bool sound(const vv_pose &p) { return p.detail >= 0 && p.detail <= visavis::kLevels - 1; }

bool sound(const vv_camera &c) {
  return c.width > 0 && c.height > 0 && c.width <= kMostPixels && c.height <= kMostPixels && c.distance > 1.0f &&
         c.focal > 0.0f && c.blur > 0.0f && std::isfinite(c.distance) && std::isfinite(c.focal) &&
         std::isfinite(c.blur) && std::isfinite(c.centre[0]) && std::isfinite(c.centre[1]);
}

template <class Work>
vv_status guarded(const Work &work) {
  try {
    return work();
  } catch (const std::bad_alloc &) {
    return VV_NO_MEMORY;
  } catch (const std::system_error &) {
    return VV_NO_THREADS;
  } catch (...) {
    return VV_BAD_ARGUMENT;
  }
}

}  // namespace

uint32_t vv_abi_version(void) { return VV_ABI_VERSION; }

const char *vv_isa_name(int32_t isa) {
  const visavis::Kernels *kernels = kernels_for(isa);
  return kernels ? kernels->name : "";
}

vv_status vv_scene_create(const vv_avatar *avatar, int32_t threads, int32_t isa, vv_scene **out) {
  const visavis::Kernels *kernels = kernels_for(isa);
  if (!avatar || !out || threads < 1 || threads > kMostThreads || !kernels) return VV_BAD_ARGUMENT;
  return guarded([&] {
    if (!sound(*avatar)) return VV_BAD_ARGUMENT;
    *out = new vv_scene{{*avatar, threads, kernels}};
    return VV_OK;
  });
}

void vv_scene_destroy(vv_scene *scene) {
  // in a forked child the worker threads do not exist, so they cannot be joined: leave the memory to the child's end
  if (scene && scene->scene.process == static_cast<long>(getpid())) delete scene;
}

vv_status vv_draw(vv_scene *scene, const vv_pose *pose, const vv_camera *camera, const uint8_t *background,
                  int32_t channels, uint8_t *out, vv_report *report) {
  if (!scene || !pose || !camera || !out || !report || (channels != 3 && channels != 4) || !sound(*camera) ||
      !sound(*pose))
    return VV_BAD_ARGUMENT;
  if (scene->scene.process != static_cast<long>(getpid())) return VV_OTHER_PROCESS;
  return guarded([&] {
    std::lock_guard<std::mutex> lock(scene->scene.lock);
    scene->scene.draw(*pose, *camera, background, channels, out, *report);
    return VV_OK;
  });
}

vv_status vv_pose_gaussians(vv_scene *scene, const vv_pose *pose, const vv_camera *camera, const vv_posed *out,
                            uint8_t *mask, vv_report *report) {
  if (!scene || !pose || !camera || !out || !report || !sound(*camera) || !sound(*pose)) return VV_BAD_ARGUMENT;
  if (scene->scene.process != static_cast<long>(getpid())) return VV_OTHER_PROCESS;
  return guarded([&] {
    std::lock_guard<std::mutex> lock(scene->scene.lock);
    scene->scene.pose_gaussians(*pose, *camera, *out, mask, *report);
    return VV_OK;
  });
}
