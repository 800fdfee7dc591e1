/* The renderer's C interface. Every array is checked by the caller (visavis_agent/rendering/native.py), every count and
 * index once more here. Nothing is process-wide: all state lives in a scene. One scene is used by one thread at a time
 * (a lock makes others wait); several scenes may be used at once. */
#ifndef VISAVIS_NATIVE_H
#define VISAVIS_NATIVE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VV_ABI_VERSION 3
#define VV_API __attribute__((visibility("default")))

typedef enum { VV_OK = 0, VV_BAD_ARGUMENT = 1, VV_NO_MEMORY = 2, VV_NO_THREADS = 3, VV_OTHER_PROCESS = 4 } vv_status;
typedef enum { VV_ISA_BEST = 0, VV_ISA_BASELINE = 1, VV_ISA_AVX2 = 2 } vv_isa;

typedef struct {
  float crease, open, shut, power, skew, gaze, wide, squint, cheek_squint, smile, brow_down;
} vv_lid;

typedef struct {
  float centre[3], radius, nasal, temporal, corner_elevation, corner_tilt, opening_radius, lash_radius;
  float sigma_low[2], sigma_high[2];
  vv_lid upper, lower;
} vv_eye;

/* A limb that throws a soft shadow: a capsule in the rest pose, carried by a joint. `shades`: groups of joints (bits) on
 * which it falls. `relative`: the shadow of the rest pose is in the baked light already, so only the change counts. */
typedef struct {
  float from[3], to[3], radius;
  uint32_t joint, shades, relative;
} vv_capsule;

/* An avatar in its rest pose, as docs/avatar-format.md describes it; copied by vv_scene_create. */
typedef struct {
  uint32_t gaussians, deltas, contour, lip_points, lids, lashes, joints, coefficients;
  const float *position, *tangent_a, *tangent_b, *thickness, *normal, *albedo, *opacity, *specular, *ambient;
  const float *key_visibility, *rim_visibility;
  const uint8_t *material, *stencil, *level, *joint;
  const float *grown; /* gaussians x 2: factor on the tangents where only level 0, or 0 and 1, are drawn */
  const float *joint_weight;
  const uint32_t *delta_offset, *delta_index;
  const float *delta_value;
  const uint32_t *lip_upper, *lip_lower, *lip_index;
  const float *lip_position, *lip_weight;
  const uint32_t *lid_index;
  const uint8_t *lid_part;
  const float *lid_param, *lid_radius, *lid_sigma;
  const uint32_t *lash_index;
  const uint8_t *lash_eye;
  const float *lash_param;
  vv_eye eyes[2]; /* left, right */
  float subsurface, gloss;
  uint32_t head_joint, eye_joint[2], capsules;
  const vv_capsule *capsule;  /* capsules, at most 16 */
  const uint8_t *joint_group; /* joints; one bit: the group of what hangs on the joint, 0: no shadow falls on it */
} vv_avatar;

/* What moves a lid, per side (left, right): 0-1, and the elevation of the gaze in rad. */
typedef struct {
  float blink[2], wide[2], squint[2], cheek_squint[2], smile[2], brow_down[2], elevation[2];
} vv_lid_drive;

typedef struct {
  const float *coefficients; /* one per delta field */
  const float *joints;       /* joints x 12: rows of [R | t], rest to posed, mm */
  vv_lid_drive lids;
  float teeth_light; /* 0-1 */
  float detail;      /* 0-2: levels that are drawn; the fraction is the opacity of the next one */
} vv_pose;

typedef struct {
  float centre[2]; /* mm, what the optical axis goes through, plane z = 0 */
  float distance;  /* mm, of the camera from that plane */
  float focal;     /* pixels */
  float blur;      /* pixels squared, added to every covariance */
  int32_t width, height;
} vv_camera;

typedef struct {
  float mouth_gap_mm, mouth_gap_px;
  uint32_t drawn;   /* Gaussians on the picture */
  uint32_t growths; /* buffers that had to grow during this call */
  double deform_ms, project_ms, sort_ms, bin_ms, composite_ms;
} vv_report;

/* Where vv_pose_gaussians writes: n x 3, n x 3, n x 3, n x 3, n x 3 (0-255), n; 0 opacity where not seen. */
typedef struct {
  float *position, *tangent_a, *tangent_b, *normal, *colour, *opacity;
} vv_posed;

typedef struct vv_scene vv_scene;

VV_API uint32_t vv_abi_version(void);
/* Name of the instruction set that a scene made with `isa` would use; "" when this machine lacks it. */
VV_API const char *vv_isa_name(int32_t isa);
VV_API vv_status vv_scene_create(const vv_avatar *avatar, int32_t threads, int32_t isa, vv_scene **out);
VV_API void vv_scene_destroy(vv_scene *scene);
/* Draw. `background`: height x width x 3 or null (transparent). `out`: height x width x channels; 3: RGB over the
 * background, 4: RGBA with straight alpha, no background. */
VV_API vv_status vv_draw(vv_scene *scene, const vv_pose *pose, const vv_camera *camera, const uint8_t *background,
                  int32_t channels, uint8_t *out, vv_report *report);
/* Deform and light only, for tests and tools. `mask`, when not null: height x width, the openings' coverage. */
VV_API vv_status vv_pose_gaussians(vv_scene *scene, const vv_pose *pose, const vv_camera *camera, const vv_posed *out,
                            uint8_t *mask, vv_report *report);

#ifdef __cplusplus
}
#endif
#endif
