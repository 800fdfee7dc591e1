#include "pool.hpp"

namespace visavis {

Pool::Pool(int threads) {
  try {
    for (int i = 1; i < threads; ++i) workers_.emplace_back([this] { work(); });
  } catch (...) {
    stop();
    throw;
  }
}

Pool::~Pool() { stop(); }

void Pool::stop() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    quit_ = true;
  }
  begin_.notify_all();
  for (std::thread &worker : workers_) worker.join();
  workers_.clear();
}

void Pool::take_tasks() {
  for (uint32_t i = next_.fetch_add(1, std::memory_order_relaxed); i < count_;
       i = next_.fetch_add(1, std::memory_order_relaxed))
    task_(body_, i);
}

void Pool::run_erased(uint32_t count, Task task, const void *body) {
  if (workers_.empty() || count < 2) {
    for (uint32_t i = 0; i < count; ++i) task(body, i);
    return;
  }
  {
    std::lock_guard<std::mutex> lock(mutex_);
    task_ = task;
    body_ = body;
    count_ = count;
    next_.store(0, std::memory_order_relaxed);
    open_ = true;
    ++round_;
  }
  begin_.notify_all();
  take_tasks();
  std::unique_lock<std::mutex> lock(mutex_);
  open_ = false;  // on a busy machine a worker may wake only now: it is not waited for
  end_.wait(lock, [this] { return busy_ == 0; });
}

void Pool::work() {
  uint64_t done = 0;
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    begin_.wait(lock, [&] { return quit_ || round_ != done; });
    if (quit_) return;
    done = round_;
    if (!open_) continue;
    ++busy_;
    lock.unlock();
    take_tasks();
    lock.lock();
    if (--busy_ == 0) end_.notify_one();
  }
}

}  // namespace visavis
