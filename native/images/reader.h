// What the two readers (jpeg.cpp, vips.cpp) share.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include "gloss_images.h"

namespace gloss {

// A failure with its status; becomes the thread's message at the door.
class ImageError : public std::runtime_error {
public:
    ImageError(GlossImageStatus status, const std::string& message) : std::runtime_error(message), status(status) {}
    const GlossImageStatus status;
};

// Where a stored pixel goes once the picture stands upright: dest[origin + x * x_step + y * y_step], in bytes.
struct Turn {
    int64_t origin;
    int64_t x_step;
    int64_t y_step;

    // width and height as stored; orientation as in EXIF, 1..8.
    static Turn for_orientation(int32_t orientation, int64_t width, int64_t height);
};

inline bool swaps_sides(int32_t orientation) { return orientation >= 5 && orientation <= 8; }

// Throws TOO_LARGE by the header's sizes.
void check_pixels(int64_t width, int64_t height, int64_t max_pixels);

// Puts one stored row of RGB pixels where the turn wants it.
void place_row(const uint8_t* row, int64_t width, int64_t y, const Turn& turn, uint8_t* pixels);

// The orientation in a TIFF structure (the body of an EXIF block), 1 where it says nothing valid.
int32_t exif_orientation(const uint8_t* tiff, size_t length);

std::unique_ptr<GlossImageReader> open_jpeg(const uint8_t* data, size_t length, const GlossDecodeOptions& options);
std::unique_ptr<GlossImageReader> open_vips(const uint8_t* data, size_t length, const GlossDecodeOptions& options);
void encode(const uint8_t* pixels, int32_t width, int32_t height, const std::string& suffix, int32_t quality,
            uint8_t** encoded, int64_t* length);
void free_encoded(uint8_t* encoded);
std::string versions();

}  // namespace gloss

struct GlossImageReader {
    virtual ~GlossImageReader() = default;
    virtual void read(uint8_t* pixels) = 0;
    GlossImageInfo info{};
};
