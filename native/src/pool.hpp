// A small thread pool of one scene. Idle workers sleep on a condition variable; nothing spins.
#pragma once
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace visavis {

class Pool {
 public:
  explicit Pool(int threads);
  ~Pool();
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;

  int threads() const { return static_cast<int>(workers_.size()) + 1; }

  // Call body(i) for every i in [0, count), in any order, on all threads; returns when all are done. The bodies of one
  // call must not throw and must write to different places, so that the result does not depend on the schedule.
  template <class Body>
  void run(uint32_t count, const Body &body) {
    run_erased(count, [](const void *b, uint32_t i) { (*static_cast<const Body *>(b))(i); }, &body);
  }

 private:
  using Task = void (*)(const void *, uint32_t);
  void run_erased(uint32_t count, Task task, const void *body);
  void work();
  void stop();
  void take_tasks();

  std::vector<std::thread> workers_;
  std::mutex mutex_;
  std::condition_variable begin_, end_;
  Task task_ = nullptr;
  const void *body_ = nullptr;
  uint32_t count_ = 0;
  std::atomic<uint32_t> next_{0};
  uint64_t round_ = 0;
  int busy_ = 0;       // workers inside take_tasks
  bool open_ = false;  // a call waits for help
  bool quit_ = false;
};

}  // namespace visavis
