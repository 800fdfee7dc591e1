// The hot loop over pixels: composite the splats of one tile, near to far.
#pragma once
#include "simd.hpp"

namespace visavis {
namespace {

constexpr int kColumns = kTile / W;          // of vectors; vector i holds row i % kTile of column i / kTile
constexpr int kVectors = kColumns * kTile;   // 32 with AVX2, 64 with SSE2 and NEON
constexpr uint32_t kAhead = 8;               // splats

struct Cell {
  F r, g, b, t;  // colour so far, and the light that is let through
};

struct Tile {
  Cell cell[kVectors];
  F mask[kVectors];
  F place[kColumns];  // 0, 1, … 15: pixels along a row, or rows
  uint64_t open;      // vectors that still let light through
  bool masked;        // `mask` is read
};

inline uint64_t still_open(const Tile &tile) {
  uint64_t open = 0;
  for (int i = 0; i < kVectors; ++i)
    open |= static_cast<uint64_t>(signs(tile.cell[i].t >= all(kOpaque)) != 0) << i;
  return open;
}

// The coverage of the openings on this tile; needed by few tiles only.
void read_mask(Tile &tile, const TileInput &in) {
  for (int i = 0; i < kVectors; ++i) {
    for (int k = 0; k < W; ++k) {
      int x = in.left + i / static_cast<int>(kTile) * W + k, y = in.top + i % static_cast<int>(kTile);
      bool inside = x < in.width && y < in.height;
      tile.mask[i][k] = inside ? in.mask[static_cast<uint64_t>(y) * in.width + x] * (1.0f / 255.0f) : 0.0f;
    }
  }
  tile.masked = true;
}

// Rows first: in each column of vectors, which rows does the ellipse reach? Only those vectors are touched.
template <bool kClipped>
inline void draw(Tile &tile, const Splat &s, int left, int top) {
  alignas(64) float slope[kTile], rest[kTile];  // of the kernel's base along a row: (a·dx + slope)·dx + rest
  F dx[kColumns], a_dx[kColumns];
  uint64_t todo = 0;
  for (int v = 0; v < kColumns; ++v) {
    F dy = tile.place[v] + (top - s.y), across = s.b * dy, base = 1.0f + s.c * dy * dy, peak = s.vertex * across;
    store(slope + v * W, across);
    store(rest + v * W, base);
    for (int c = 0; c < kColumns; ++c) {
      float first = left + c * W - s.x;
      F x = least(most(peak, all(first)), all(first + (W - 1)));
      todo |= static_cast<uint64_t>(signs((s.a * x + across) * x + base > F{})) << (c * kTile + v * W);
    }
    dx[v] = tile.place[v] + (left - s.x);
    a_dx[v] = s.a * dx[v];
  }
  F red = all(s.red), green = all(s.green), blue = all(s.blue), opacity = all(s.opacity);
  for (todo &= tile.open; todo; todo &= todo - 1) {
    uint64_t i = static_cast<uint64_t>(__builtin_ctzll(todo)), row = i % kTile, c = i / kTile;
    Cell &cell = tile.cell[i];
    F w = most((a_dx[c] + slope[row]) * dx[c] + rest[row], F{});
    w *= w;
    w *= w;
    F alpha = opacity * w;
    if (kClipped) alpha *= tile.mask[i];
    F share = alpha * cell.t;
    cell.r += share * red;
    cell.g += share * green;
    cell.b += share * blue;
    cell.t -= share;
  }
}

inline I byte_of(F v) { return __builtin_convertvector(least(most(v + 0.5f, F{}), all(255.0f)), I); }

inline F channel(I pixels, int k) { return __builtin_convertvector((pixels >> (8 * k)) & 255, F); }

// A vector of `n` pixels of 3 bytes each as numbers of 4 bytes; never reads behind the last one.
inline I load_pixels(const uint8_t *from, int n) {
  alignas(64) uint32_t pixels[W] = {};
  for (int k = 0; k + 1 < n; ++k) __builtin_memcpy(pixels + k, from + 3 * k, 4);
  __builtin_memcpy(pixels + n - 1, from + 3 * (n - 1), 3);
  I v;
  __builtin_memcpy(&v, pixels, sizeof v);
  return v;
}

inline void store_pixels(uint8_t *to, I v, int n, int channels) {
  alignas(64) uint32_t pixels[W];
  __builtin_memcpy(pixels, &v, sizeof v);
  if (channels == 4) {
    __builtin_memcpy(to, pixels, 4 * static_cast<uint64_t>(n));
    return;
  }
  for (int k = 0; k + 1 < n; ++k) __builtin_memcpy(to + 3 * k, pixels + k, 4);  // the next one mends the fourth byte
  __builtin_memcpy(to + 3 * (n - 1), pixels + n - 1, 3);
}

void write_tile(const Tile &tile, const TileInput &in) {
  for (int i = 0; i < kVectors; ++i) {
    int x = in.left + i / static_cast<int>(kTile) * W, y = in.top + i % static_cast<int>(kTile);
    if (x >= in.width || y >= in.height) continue;
    int n = in.width - x < W ? in.width - x : W;
    uint64_t at = static_cast<uint64_t>(y) * in.width + x;
    auto [r, g, b, t] = tile.cell[i];
    I alpha = {};
    if (in.channels == 4) {
      F covered = 1.0f - t, scale = covered > all(1e-6f) ? 1.0f / covered : F{};
      r *= scale;
      g *= scale;
      b *= scale;
      alpha = byte_of(covered * 255.0f);
    } else if (in.background) {
      I behind = load_pixels(in.background + 3 * at, n);
      r += t * channel(behind, 0);
      g += t * channel(behind, 1);
      b += t * channel(behind, 2);
    }
    I pixels = byte_of(r) | (byte_of(g) << 8) | (byte_of(b) << 16) | (alpha << 24);
    store_pixels(in.out + at * in.channels, pixels, n, in.channels);
  }
}

// Nothing is drawn here.
void write_background(const TileInput &in) {
  int rows = in.height - in.top < static_cast<int>(kTile) ? in.height - in.top : static_cast<int>(kTile);
  int columns = in.width - in.left < static_cast<int>(kTile) ? in.width - in.left : static_cast<int>(kTile);
  for (int y = 0; y < rows; ++y) {
    uint64_t at = (static_cast<uint64_t>(in.top + y) * in.width + in.left) * in.channels;
    uint64_t size = static_cast<uint64_t>(columns) * in.channels;
    if (in.background && in.channels == 3)
      __builtin_memcpy(in.out + at, in.background + at, size);
    else
      __builtin_memset(in.out + at, 0, size);
  }
}

void tile(const TileInput &in) {
  if (in.count == 0) return write_background(in);
  Tile tile;
  tile.masked = false;
  for (uint32_t x = 0; x < kTile; ++x) tile.place[x / W][x % W] = static_cast<float>(x);
  for (Cell &cell : tile.cell) cell = {F{}, F{}, F{}, all(1.0f)};
  tile.open = still_open(tile);
  for (uint32_t k = 0; k < in.count; ++k) {
    if (k + kAhead < in.count) {  // the list jumps through memory; ask early
      const char *next = reinterpret_cast<const char *>(in.splats + in.list[k + kAhead]);
      __builtin_prefetch(next);
      __builtin_prefetch(next + sizeof(Splat) - 1);
    }
    const Splat &s = in.splats[in.list[k]];
    if (s.clipped) {
      if (!tile.masked) read_mask(tile, in);
      draw<true>(tile, s, in.left, in.top);
    } else {
      draw<false>(tile, s, in.left, in.top);
    }
    if ((k & 15) != 15) continue;
    tile.open = still_open(tile);
    if (!tile.open) break;
  }
  write_tile(tile, in);
}

}  // namespace
}  // namespace visavis
