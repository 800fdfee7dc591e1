#include "order.hpp"

#include <cstring>

namespace visavis {
namespace {

constexpr uint64_t kMostEntries = 1u << 28;  // of all tile lists, 1 GiB
constexpr uint32_t kRadixBits = kKeyBits / 2, kRadix = 1u << kRadixBits;

void pass(const uint32_t *key, const uint32_t *index, uint32_t *key_out, uint32_t *index_out, uint32_t n,
          uint32_t shift, uint32_t *place) {
  uint32_t sum = 0;
  for (uint32_t d = 0; d < kRadix; ++d) {
    uint32_t c = place[d];
    place[d] = sum;
    sum += c;
  }
  for (uint32_t i = 0; i < n; ++i) {
    uint32_t to = place[(key[i] >> shift) & (kRadix - 1)]++;
    key_out[to] = key[i];
    index_out[to] = index[i];
  }
}

}  // namespace

void Order::sort(const uint32_t *keys, const uint32_t *indices, uint32_t count, uint32_t &growths) {
  count_ = count;
  key_a_.reserve(count, growths);
  key_b_.reserve(count, growths);
  index_a_.reserve(count, growths);
  index_b_.reserve(count, growths);
  uint32_t low[kRadix] = {}, high[kRadix] = {};
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t k = keys[indices[i]];
    key_a_[i] = k;
    ++low[k & (kRadix - 1)];
    ++high[k >> kRadixBits];
  }
  pass(key_a_.data(), indices, key_b_.data(), index_b_.data(), count, 0, low);
  pass(key_b_.data(), index_b_.data(), key_a_.data(), index_a_.data(), count, kRadixBits, high);
}

void Order::bin(const Box *boxes, Pool &pool, int width, int height, Buffer<uint32_t> &list, uint32_t &growths) {
  tiles_x_ = (width + kTile - 1) / kTile;
  tiles_y_ = (height + kTile - 1) / kTile;
  uint32_t n = tiles(), chunks = static_cast<uint32_t>(pool.threads()), step = tiles_x_ + 1;
  size_t corners = static_cast<size_t>(step) * (tiles_y_ + 1);
  change_.reserve(chunks * corners, growths);
  fill_.reserve(static_cast<size_t>(chunks) * n, growths);
  begin_.reserve(n + 1, growths);
  auto first = [&](uint32_t chunk) { return static_cast<uint32_t>(static_cast<uint64_t>(count_) * chunk / chunks); };
  // Count by the corners of the boxes: summed over rows and columns they give how many boxes cover each tile.
  pool.run(chunks, [&](uint32_t chunk) {
    int32_t *change = change_.data() + chunk * corners;
    uint32_t *fill = fill_.data() + static_cast<size_t>(chunk) * n;
    std::memset(change, 0, corners * sizeof(int32_t));
    for (uint32_t k = first(chunk); k < first(chunk + 1); ++k) {
      Box b = boxes[index_a_[k]];
      int32_t *top = change + b.top * step, *below = change + (b.bottom + 1) * step;
      ++top[b.left];
      --top[b.right + 1];
      --below[b.left];
      ++below[b.right + 1];
    }
    for (uint32_t y = 0; y < tiles_y_; ++y) {
      int32_t along = 0, *row = change + static_cast<size_t>(y) * step;
      for (uint32_t x = 0; x < tiles_x_; ++x) {
        along += row[x];
        fill[y * tiles_x_ + x] = static_cast<uint32_t>(along) + (y ? fill[(y - 1) * tiles_x_ + x] : 0);
      }
    }
  });
  uint64_t total = 0;
  for (size_t i = 0; i < static_cast<size_t>(chunks) * n; ++i) total += fill_[i];
  if (total > kMostEntries) throw std::bad_alloc();  // a scene of giants: hundreds of layers everywhere
  uint32_t sum = 0;
  for (uint32_t t = 0; t < n; ++t) {
    begin_[t] = sum;
    for (uint32_t c = 0; c < chunks; ++c) {
      uint32_t &f = fill_[static_cast<size_t>(c) * n + t];
      uint32_t here = f;
      f = sum;
      sum += here;
    }
  }
  begin_[n] = sum;
  list.reserve(sum, growths);
  pool.run(chunks, [&](uint32_t chunk) {
    uint32_t *fill = fill_.data() + static_cast<size_t>(chunk) * n;
    for (uint32_t k = first(chunk); k < first(chunk + 1); ++k) {
      uint32_t index = index_a_[k];
      Box b = boxes[index];
      for (uint32_t y = b.top; y <= b.bottom; ++y)
        for (uint32_t x = b.left; x <= b.right; ++x) list[fill[y * tiles_x_ + x]++] = index;
    }
  });
}

}  // namespace visavis
