// What the instruction-set variants of the hot loops share: data layout and the table of their entry points.
#pragma once
#include <cstdint>

namespace visavis {

// The order of the Gaussian's columns in memory; one column is one row of floats, padded.
enum Column : int {
  PX, PY, PZ,              // position, mm
  AX, AY, AZ,              // tangent a, mm
  BX, BY, BZ,              // tangent b, mm
  NX, NY, NZ,              // normal
  THICKNESS,               // mm
  RED, GREEN, BLUE,        // albedo, linear
  OPACITY,
  SHINE,                   // specular x key visibility x gloss
  AO, AO_R, AO_G, AO_B,    // ambient occlusion, and how skin tints it
  KEY,                     // share of the key light
  PENUMBRA,                // where skin lets light through at a shadow's edge
  RIM_0, RIM_1,            // share of the rim lights
  RIM_R, RIM_G, RIM_B,     // tint of the rim light on this albedo
  GROWN_0, GROWN_1,        // factor on the tangents where only level 0, or 0 and 1, are drawn
  LIGHT,                   // eyes: shade of the lids; teeth: lips' shade; else 1 (written every frame)
  COLUMNS
};

enum class Shading : uint8_t { kSkin, kHair, kSolid, kEye, kUnlit };

constexpr uint32_t kNone = 0xffffffffu;
constexpr uint32_t kBlock = 128;           // most Gaussians in a block
constexpr int kTileBits = 4;
constexpr uint32_t kTile = 1u << kTileBits;  // pixels
constexpr int kKeyBits = 22;               // of the depth key
constexpr float kOpacityLeast = 0.004f;    // Gaussians fainter than that are dropped (1/255)
constexpr float kOpacityMost = 0.99f;
constexpr float kOpaque = 0.004f;          // remaining transmittance at which a row of a tile is finished
constexpr float kRadius = 3.0f;            // sigmas at which the kernel (1 - d²/r²)^4 ends
constexpr int kLevels = 3;                 // of detail
constexpr uint32_t kMostCapsules = 16;
constexpr int kAccumulated = 9;            // position, tangent a, tangent b

// A run of neighbouring Gaussians that are lit, dropped and skinned alike.
struct Block {
  uint32_t start, count;
  Shading shading;
  bool deforms;       // some have deltas
  uint32_t level;     // of detail, from which on they are drawn
  float face_cut;     // dropped when normal . view is below
  uint32_t joint;     // the one joint of all, or kNone
  uint32_t group;     // bit of the capsules' `shades`
};

// A limb that throws a soft shadow, where it is in this frame and, where `relative`, where it was at rest; mm.
struct Capsule {
  float from[3], along[3], rest_from[3], rest_along[3], radius;
  uint32_t shades;
  bool relative;
};

// A Gaussian on the picture: centre in pixels; the kernel's base 1 - d²/r² = 1 + a·dx² + b·dx·dy + c·dy²; along a row it
// is largest at dx = vertex·b·dy.
struct alignas(16) Splat {
  float x, y, a, b, c, vertex, opacity, red, green, blue;
  uint32_t clipped;
};

// The tiles that a splat may touch, the last ones included.
struct Box {
  uint16_t left, top, right, bottom;
};

// How much of the detail is drawn: the opacity of each level, and the factor on the tangents as shares of GROWN_0,
// GROWN_1 and 1.
struct Detail {
  float opacity[kLevels], grown[kLevels];
  bool full;
};

struct Light {
  float key[3], key_rgb[3], fill[3], fill_rgb[3], rim[2][3], rim_rgb[2][3], sky[3], ground[3], half[3];
};

struct Camera {
  float centre_x, centre_y, distance, focal, blur, near, key_scale;
  int width, height;
};

struct PosedOut {
  float *position, *tangent_a, *tangent_b, *normal, *colour, *opacity;
};

struct BlockInput {
  const float *const *columns;      // COLUMNS pointers
  const float *accumulated;         // rows of kAccumulated
  const uint32_t *row;              // per Gaussian: its row in `accumulated`, or kNone
  const uint8_t *joint;             // per Gaussian: two joints
  const float *joint_weight;        // per Gaussian
  const float *joints;              // 12 floats each
  const uint8_t *clipped;           // per Gaussian: behind a stencil
  const Light *light;
  float subsurface;
  Camera camera;
  const Capsule *capsules;
  uint32_t capsule_count;
  Detail detail;
};

struct BlockOutput {
  Splat *splats;       // per Gaussian
  Box *boxes;          // per Gaussian
  uint32_t *keys;      // per Gaussian
  uint32_t *seen;      // per Gaussian slot: indices of those seen, from the block's start
  PosedOut *posed;     // or null
};

struct TileInput {
  const Splat *splats;
  const uint32_t *list;      // of this tile, near to far
  uint32_t count;
  const uint8_t *mask;       // width x height
  const uint8_t *background; // width x height x 3, or null
  uint8_t *out;
  int channels, width, height, left, top;
};

struct Kernels {
  const char *name;
  // Rows [first, last) of the accumulated deltas of the entries [begin, end).
  void (*accumulate)(const uint32_t *row, const float *value, uint32_t begin, uint32_t end, float weight, float *out);
  // Deform, skin, light and project one block; returns how many Gaussians are on the picture.
  uint32_t (*block)(const Block &block, const BlockInput &in, const BlockOutput &out);
  void (*tile)(const TileInput &in);
};

const Kernels *kernels_baseline();
const Kernels *kernels_avx2();  // null where it was not compiled

}  // namespace visavis
