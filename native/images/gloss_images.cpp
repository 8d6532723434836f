// The guarded exports, and what both readers share.
#include "gloss_images.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "reader.h"

namespace gloss {
namespace {

thread_local std::string last_error;

// Every export with a status goes through here: no exception passes the border.
template <typename Body>
int32_t guarded(Body&& body) noexcept {
    try {
        try {
            body();
            return GLOSS_IMAGE_OK;
        } catch (const ImageError& error) {
            last_error = error.what();
            return error.status;
        } catch (const std::bad_alloc&) {
            last_error = "out of memory";
            return GLOSS_IMAGE_INTERNAL;
        } catch (const std::exception& error) {
            last_error = error.what();
            return GLOSS_IMAGE_INTERNAL;
        } catch (...) {
            last_error = "unknown C++ exception";
            return GLOSS_IMAGE_INTERNAL;
        }
    } catch (...) {
        return GLOSS_IMAGE_INTERNAL;  // the message itself could not be stored
    }
}

int32_t copy_text(const std::string& text, uint8_t* buffer, int32_t capacity) noexcept {
    if (buffer != nullptr && capacity > 0)
        std::memcpy(buffer, text.data(), std::min<size_t>(text.size(), static_cast<size_t>(capacity)));
    return static_cast<int32_t>(text.size());
}

}  // namespace

void check_pixels(int64_t width, int64_t height, int64_t max_pixels) {
    if (width < 1 || height < 1)
        throw ImageError(GLOSS_IMAGE_BROKEN,
                         "the header claims " + std::to_string(width) + " x " + std::to_string(height) + " pixels");
    if (width > max_pixels / height)
        throw ImageError(GLOSS_IMAGE_TOO_LARGE, std::to_string(width) + " x " + std::to_string(height) + " pixels");
}

Turn Turn::for_orientation(int32_t orientation, int64_t width, int64_t height) {
    const int64_t right = (width - 1) * 3;
    const int64_t row = width * 3, bottom = (height - 1) * row;            // orientations 1-4 keep the row length
    const int64_t turned_row = height * 3, turned_bottom = (width - 1) * turned_row, turned_right = (height - 1) * 3;
    switch (orientation) {
        case 2: return {right, -3, row};
        case 3: return {bottom + right, -3, -row};
        case 4: return {bottom, 3, -row};
        case 5: return {0, turned_row, 3};
        case 6: return {turned_right, turned_row, -3};
        case 7: return {turned_bottom + turned_right, -turned_row, -3};
        case 8: return {turned_bottom, -turned_row, 3};
        default: return {0, 3, row};
    }
}

void place_row(const uint8_t* row, int64_t width, int64_t y, const Turn& turn, uint8_t* pixels) {
    uint8_t* target = pixels + turn.origin + y * turn.y_step;
    if (turn.x_step == 3) {
        std::memcpy(target, row, static_cast<size_t>(width) * 3);
        return;
    }
    for (int64_t x = 0; x < width; x++, target += turn.x_step, row += 3) {
        target[0] = row[0];
        target[1] = row[1];
        target[2] = row[2];
    }
}

int32_t exif_orientation(const uint8_t* tiff, size_t length) {
    if (length < 8) return 1;
    bool big;
    if (tiff[0] == 'M' && tiff[1] == 'M') big = true;
    else if (tiff[0] == 'I' && tiff[1] == 'I') big = false;
    else return 1;
    const auto u16 = [&](size_t at) -> uint32_t {
        return big ? static_cast<uint32_t>(tiff[at] << 8 | tiff[at + 1])
                   : static_cast<uint32_t>(tiff[at + 1] << 8 | tiff[at]);
    };
    const auto u32 = [&](size_t at) -> uint32_t {
        return big ? u16(at) << 16 | u16(at + 2) : u16(at + 2) << 16 | u16(at);
    };
    const size_t directory = u32(4);
    if (directory > length - 2) return 1;
    const uint32_t entries = u16(directory);
    for (uint32_t i = 0; i < entries; i++) {
        const size_t entry = directory + 2 + size_t{12} * i;
        if (entry + 12 > length) return 1;
        if (u16(entry) != 0x0112) continue;
        const uint32_t value = u16(entry + 8);
        return u16(entry + 2) == 3 && value >= 1 && value <= 8 ? static_cast<int32_t>(value) : 1;
    }
    return 1;
}

}  // namespace gloss

using gloss::guarded;
using gloss::ImageError;

int32_t gloss_images_abi() { return GLOSS_IMAGES_ABI; }

int32_t gloss_images_last_error(uint8_t* buffer, int32_t capacity) {
    return gloss::copy_text(gloss::last_error, buffer, capacity);
}

int32_t gloss_images_versions(uint8_t* buffer, int32_t capacity) {
    std::string text;
    const int32_t status = guarded([&] { text = gloss::versions(); });
    return status == GLOSS_IMAGE_OK ? gloss::copy_text(text, buffer, capacity) : 0;
}

int32_t gloss_images_open(const uint8_t* data, int64_t length, const GlossDecodeOptions* options,
                          GlossImageReader** reader, GlossImageInfo* info) {
    return guarded([&] {
        if (data == nullptr || length < 0 || options == nullptr || reader == nullptr || info == nullptr)
            throw ImageError(GLOSS_IMAGE_ARGUMENT, "null argument");
        const auto size = static_cast<size_t>(length);
        const bool is_jpeg = size >= 3 && data[0] == 0xFF && data[1] == 0xD8 && data[2] == 0xFF;
        auto opened = is_jpeg ? gloss::open_jpeg(data, size, *options) : gloss::open_vips(data, size, *options);
        *info = opened->info;
        *reader = opened.release();
    });
}

int32_t gloss_images_read(GlossImageReader* reader, uint8_t* pixels, int64_t length) {
    return guarded([&] {
        if (reader == nullptr || pixels == nullptr) throw ImageError(GLOSS_IMAGE_ARGUMENT, "null argument");
        const int64_t expected = int64_t{3} * reader->info.width * reader->info.height;
        if (length != expected)
            throw ImageError(GLOSS_IMAGE_ARGUMENT, "expected a buffer of " + std::to_string(expected) +
                                                       " bytes, got " + std::to_string(length));
        reader->read(pixels);
    });
}

void gloss_images_close(GlossImageReader* reader) {
    guarded([&] { delete reader; });
}

int32_t gloss_images_encode(const uint8_t* pixels, int32_t width, int32_t height, const char* suffix, int32_t quality,
                            uint8_t** encoded, int64_t* length) {
    return guarded([&] {
        if (pixels == nullptr || suffix == nullptr || encoded == nullptr || length == nullptr)
            throw ImageError(GLOSS_IMAGE_ARGUMENT, "null argument");
        if (width < 1 || height < 1 || quality < 1 || quality > 100)
            throw ImageError(GLOSS_IMAGE_ARGUMENT, "expected sides of at least 1 and a quality of 1 to 100");
        gloss::encode(pixels, width, height, suffix, quality, encoded, length);
    });
}

void gloss_images_free(uint8_t* encoded) { gloss::free_encoded(encoded); }
