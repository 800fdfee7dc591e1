// The hot loop over pixels: composite the splats of one tile, near to far.
#pragma once
#include "simd.hpp"

namespace visavis {
namespace {

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

}  // namespace
}  // namespace visavis
