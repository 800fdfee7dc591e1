// What every CPU of the target architecture has: SSE2 on x86-64, NEON on AArch64.
#define VV_WIDTH 4
#if defined(__aarch64__)
#define VV_NAME "neon"
#elif defined(__x86_64__)
#define VV_NAME "sse2"
#else
#define VV_NAME "generic"
#endif
#include "kernels_impl.hpp"

namespace visavis {
const Kernels *kernels_baseline() { return &kTable; }
}  // namespace visavis
