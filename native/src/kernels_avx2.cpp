// Compiled with -mavx2 -mfma (CMakeLists.txt); called only where the CPU has both.
#include "kernels.hpp"
#if defined(__AVX2__) && defined(__FMA__)
#define VV_WIDTH 8
#define VV_NAME "avx2"
#include "kernels_impl.hpp"

namespace visavis {
const Kernels *kernels_avx2() { return &kTable; }
}  // namespace visavis
#else
namespace visavis {
const Kernels *kernels_avx2() { return nullptr; }
}  // namespace visavis
#endif
