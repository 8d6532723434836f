// The C door to libgloss_images. src/Gloss/Images/NativeImages.cs mirrors this file line by line.
//
// Every function returns a status (0 is success); the message of a failure belongs to the calling thread and is
// copied out with gloss_images_last_error. All integers have a fixed width; all memory is the caller's unless said.
#pragma once

#include <cstdint>

#define GLOSS_IMAGES_ABI 1

#if defined(_WIN32)
#define GLOSS_EXPORT extern "C" __declspec(dllexport)
#else
#define GLOSS_EXPORT extern "C" __attribute__((visibility("default")))
#endif

enum GlossImageStatus : int32_t {
    GLOSS_IMAGE_OK = 0,
    GLOSS_IMAGE_UNKNOWN_FORMAT = 1,  // no reader knows these bytes, or its reader is blocked
    GLOSS_IMAGE_TOO_LARGE = 2,       // the header claims more pixels than allowed
    GLOSS_IMAGE_TRUNCATED = 3,       // the data end before the picture does
    GLOSS_IMAGE_BROKEN = 4,          // the data contradict themselves
    GLOSS_IMAGE_ARGUMENT = 5,        // a mistake of the caller
    GLOSS_IMAGE_INTERNAL = 6,        // anything else
};

struct GlossDecodeOptions {
    int64_t max_pixels;      // by the header, before any turn
    int32_t orient;          // 1: turn upright by EXIF
    int32_t clip_gray16;     // 1: 16-bit grey is clipped at 255 (Pillow), 0: its high byte is taken
    int32_t minimum_width;   // > 0 with minimum_height: a JPEG may be decoded at 1/2, 1/4 or 1/8,
    int32_t minimum_height;  //      never below this size on either side (after the turn)
};
static_assert(sizeof(GlossDecodeOptions) == 24, "mirrored in NativeImages.cs");

struct GlossImageInfo {
    int32_t width;          // of the pixels that read gives (after turn and reduction)
    int32_t height;
    int32_t stored_width;   // as the header says
    int32_t stored_height;
    int32_t orientation;    // EXIF, 1..8; anything else is told as 1
    int32_t reduction;      // 1, 2, 4 or 8
};
static_assert(sizeof(GlossImageInfo) == 24, "mirrored in NativeImages.cs");

struct GlossImageReader;

// The number of this interface, to be compared with the caller's own at load.
GLOSS_EXPORT int32_t gloss_images_abi();
// Copies the calling thread's last message, UTF-8, at most capacity bytes, no final zero; returns its full length.
GLOSS_EXPORT int32_t gloss_images_last_error(uint8_t* buffer, int32_t capacity);
// Copies a line such as "libvips 8.14.1, libjpeg-turbo 2.1.5"; returns its full length.
GLOSS_EXPORT int32_t gloss_images_versions(uint8_t* buffer, int32_t capacity);
// Reads the header. data must stay where it is until the reader is closed.
GLOSS_EXPORT int32_t gloss_images_open(const uint8_t* data, int64_t length, const GlossDecodeOptions* options,
                                       GlossImageReader** reader, GlossImageInfo* info);
// Decodes into pixels, (height, width, 3) bytes; length must be exactly that product. Once per reader.
GLOSS_EXPORT int32_t gloss_images_read(GlossImageReader* reader, uint8_t* pixels, int64_t length);
GLOSS_EXPORT void gloss_images_close(GlossImageReader* reader);
// Encodes (height, width, 3) bytes; suffix is ".png", ".jpg" or ".webp"; quality 1..100 for the latter two.
// The result is freed with gloss_images_free.
GLOSS_EXPORT int32_t gloss_images_encode(const uint8_t* pixels, int32_t width, int32_t height, const char* suffix,
                                         int32_t quality, uint8_t** encoded, int64_t* length);
GLOSS_EXPORT void gloss_images_free(uint8_t* encoded);
