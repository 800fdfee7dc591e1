#include "stencil.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace visavis {

void Stencil::begin(int width, int height, uint32_t &growths) {
  if (width == width_ && height == height_) {
    clear_used();
    return;
  }
  mask_.reserve(static_cast<size_t>(width) * height, growths);
  std::memset(mask_.data(), 0, static_cast<size_t>(width) * height);
  width_ = width;
  height_ = height;
  boxes_ = 0;
}

void Stencil::clear_used() {
  for (int b = 0; b < boxes_; ++b)
    for (int y = used_[b][1]; y < used_[b][3]; ++y)
      std::memset(mask_.data() + static_cast<size_t>(y) * width_ + used_[b][0], 0, used_[b][2] - used_[b][0]);
  boxes_ = 0;
}

// Signed area to the right of an edge, accumulated per pixel: the change of coverage along the row. Summing a row from
// the left gives exact coverage (the method of font rasterisers).
void Stencil::line(float x0, float y0, float x1, float y1, int width, int height) {
  if (y0 == y1) return;
  float direction = 1.0f;
  if (y0 > y1) {
    std::swap(x0, x1);
    std::swap(y0, y1);
    direction = -1.0f;
  }
  float slope = (x1 - x0) / (y1 - y0);
  if (y0 < 0.0f) {
    x0 -= y0 * slope;
    y0 = 0.0f;
  }
  int last = std::min(height, static_cast<int>(std::ceil(y1)));
  float x = x0;
  for (int y = static_cast<int>(y0); y < last; ++y) {
    float *row = area_.data() + static_cast<size_t>(y) * (width + 2);
    float top = std::max(y0, static_cast<float>(y)), bottom = std::min(y1, static_cast<float>(y + 1));
    float dy = bottom - top, next = x + slope * dy, d = dy * direction;
    float left = std::min(std::max(std::min(x, next), 0.0f), static_cast<float>(width));
    float right = std::min(std::max(std::max(x, next), 0.0f), static_cast<float>(width));
    int i0 = static_cast<int>(left), i1 = static_cast<int>(std::ceil(right));
    if (i1 <= i0 + 1) {
      float middle = 0.5f * (left + right) - i0;
      row[i0] += d * (1.0f - middle);
      row[i0 + 1] += d * middle;
    } else {
      float s = 1.0f / (right - left), first = 1.0f - (left - i0), a0 = 0.5f * s * first * first;
      float final_part = right - i1 + 1.0f, am = 0.5f * s * final_part * final_part;
      row[i0] += d * a0;
      if (i1 == i0 + 2) {
        row[i0 + 1] += d * (1.0f - a0 - am);
      } else {
        float a1 = s * (1.5f - (left - i0));
        row[i0 + 1] += d * (a1 - a0);
        for (int k = i0 + 2; k < i1 - 1; ++k) row[k] += d * s;
        float a2 = a1 + static_cast<float>(i1 - i0 - 3) * s;
        row[i1 - 1] += d * (1.0f - a2 - am);
      }
      row[i1] += d * am;
    }
    x = next;
  }
}

void Stencil::add(const float *points, size_t count, uint32_t &growths) {
  float low_x = 1e9f, low_y = 1e9f, high_x = -1e9f, high_y = -1e9f;
  for (size_t i = 0; i < count; ++i) {
    float x = points[2 * i] + 0.5f, y = points[2 * i + 1] + 0.5f;
    if (!(std::fabs(x) < 1e6f && std::fabs(y) < 1e6f)) return;
    low_x = std::min(low_x, x);
    high_x = std::max(high_x, x);
    low_y = std::min(low_y, y);
    high_y = std::max(high_y, y);
  }
  int left = std::max(0, static_cast<int>(std::floor(low_x))), top = std::max(0, static_cast<int>(std::floor(low_y)));
  int right = std::min(width_, static_cast<int>(std::ceil(high_x)));
  int bottom = std::min(height_, static_cast<int>(std::ceil(high_y)));
  if (left >= right || top >= bottom || boxes_ == 4) return;
  int width = right - left, height = bottom - top;
  size_t cells = static_cast<size_t>(width + 2) * height;
  area_.reserve(cells, growths);
  std::memset(area_.data(), 0, cells * sizeof(float));
  for (size_t i = 0; i < count; ++i) {
    const float *p = points + 2 * i, *q = points + 2 * ((i + 1) % count);
    line(p[0] + 0.5f - left, p[1] + 0.5f - top, q[0] + 0.5f - left, q[1] + 0.5f - top, width, height);
  }
  for (int y = 0; y < height; ++y) {
    const float *row = area_.data() + static_cast<size_t>(y) * (width + 2);
    uint8_t *to = mask_.data() + static_cast<size_t>(top + y) * width_ + left;
    float sum = 0;
    for (int x = 0; x < width; ++x) {
      sum += row[x];
      // clockwise on a screen with y down: the left border runs upwards
      float covered = std::min(std::max(-sum, 0.0f), 1.0f);
      to[x] = std::max(to[x], static_cast<uint8_t>(covered * 255.0f + 0.5f));
    }
  }
  int *box = used_[boxes_++];
  box[0] = left;
  box[1] = top;
  box[2] = right;
  box[3] = bottom;
}

}  // namespace visavis
