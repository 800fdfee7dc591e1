// A buffer that only grows, and counts how often it did: a steady picture must not allocate.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace visavis {

template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer &) = delete;
  Buffer &operator=(const Buffer &) = delete;
  ~Buffer() { std::free(data_); }

  // Room for n elements plus one vector of slack; old contents are lost when it grows.
  void reserve(std::size_t n, uint32_t &growths) {
    if (n <= capacity_) return;
    std::size_t wanted = n + n / 2;
    std::size_t bytes = ((wanted + kSlack) * sizeof(T) + 63) / 64 * 64;
    void *fresh = std::aligned_alloc(64, bytes);
    if (!fresh) throw std::bad_alloc();
    std::free(data_);
    data_ = static_cast<T *>(fresh);
    capacity_ = wanted;
    ++growths;
  }
  T *data() { return data_; }
  const T *data() const { return data_; }
  T &operator[](std::size_t i) { return data_[i]; }
  const T &operator[](std::size_t i) const { return data_[i]; }

 private:
  static constexpr std::size_t kSlack = 32;
  T *data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace visavis
