// Pixels into the storage that a plan's first node reads.
#pragma once
#include <cstdint>

namespace gloss {

struct Picture;

// (x - mean) / deviation of one picture of bytes or floats, written in the picture's storage.
void normalise(const Picture& picture, const void* pixels, bool is_bytes, void* target);

}  // namespace gloss
