// The openings of mouth and eyes as one coverage mask; they never overlap on the picture.
#pragma once
#include <cstddef>
#include <cstdint>

#include "buffer.hpp"

namespace visavis {

class Stencil {
 public:
  // An empty mask of that size; only what the last frame covered is cleared.
  void begin(int width, int height, uint32_t &growths);
  // Add a polygon (x, y per point, pixels, pixel centres at integers), clockwise on the screen (y down). Coverage is the
  // exact share of each pixel's area; parts that run the other way round count as nothing.
  void add(const float *points, size_t count, uint32_t &growths);
  const uint8_t *mask() const { return mask_.data(); }

 private:
  void clear_used();
  void line(float x0, float y0, float x1, float y1, int width, int height);

  int width_ = 0, height_ = 0;
  int used_[4][4] = {};  // boxes to clear: left, top, right, bottom
  int boxes_ = 0;
  Buffer<uint8_t> mask_;
  Buffer<float> area_;
};

}  // namespace visavis
