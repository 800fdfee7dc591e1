// Depth order of the splats, and which tiles each of them touches.
#pragma once
#include <cstdint>
#include <vector>

#include "buffer.hpp"
#include "kernels.hpp"
#include "pool.hpp"

namespace visavis {

class Order {
 public:
  // Sort `count` indices by their keys, near to far; equal keys keep the order of the indices, so nothing flickers.
  void sort(const uint32_t *keys, const uint32_t *indices, uint32_t count, uint32_t &growths);
  // List, per tile, the splats that may touch it, near to far.
  void bin(const Box *boxes, Pool &pool, int width, int height, Buffer<uint32_t> &list, uint32_t &growths);
  uint32_t tiles() const { return tiles_x_ * tiles_y_; }
  uint32_t tiles_x() const { return tiles_x_; }
  const uint32_t *tile_begin() const { return begin_.data(); }  // tiles + 1 places in the list

 private:
  uint32_t count_ = 0, tiles_x_ = 0, tiles_y_ = 0;
  Buffer<uint32_t> key_a_, key_b_, index_a_, index_b_;
  Buffer<int32_t> change_;  // chunk x (tile rows + 1) x (tile columns + 1)
  Buffer<uint32_t> fill_;   // chunk x tile
  Buffer<uint32_t> begin_;
};

}  // namespace visavis
