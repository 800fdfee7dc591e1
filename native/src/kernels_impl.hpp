// The hot loops, written once with the compiler's vector extensions and compiled once per instruction set. Nothing of the
// C++ library is included: an inline function of it, compiled here for a newer CPU, could be picked by the linker for all.
#pragma once
#include "block_kernel.hpp"
#include "tile_kernel.hpp"

namespace visavis {
namespace {

constexpr Kernels kTable = {VV_NAME, accumulate, block, tile};

}  // namespace
}  // namespace visavis
