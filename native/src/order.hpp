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
  // Copy the splats into depth order and list, per tile, those that touch it.
  void bin(const Splat *splats, Splat *sorted, Pool &pool, int width, int height, Buffer<uint32_t> &list,
           uint32_t &growths);
  uint32_t tiles() const { return tiles_x_ * tiles_y_; }
  uint32_t tiles_x() const { return tiles_x_; }
  const uint32_t *tile_begin() const { return begin_.data(); }  // tiles + 1 places in the list

 private:
  struct Box {
    uint16_t left, top, right, bottom;
  };
  Box box(const Splat &s, int width, int height) const;

  uint32_t count_ = 0, tiles_x_ = 0, tiles_y_ = 0;
  Buffer<uint32_t> key_a_, key_b_, index_a_, index_b_;
  Buffer<Box> boxes_;
  Buffer<uint32_t> fill_;   // chunk x tile
  Buffer<uint32_t> begin_;
};

}  // namespace visavis
