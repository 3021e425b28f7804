#include "agent/desktop/image.hpp"

#include <csetjmp>
#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

namespace trellis::device::desktop {
namespace {
/// libjpeg reports errors through a function that may not return.
struct ErrorJump {
    jpeg_error_mgr manager{};
    std::jmp_buf back{};
};
[[noreturn]] void onError(j_common_ptr info) {
    std::longjmp(reinterpret_cast<ErrorJump*>(info->err)->back, 1);  // NOLINT: C library
}
void onMessage(j_common_ptr) {}
}  // namespace

struct JpegEncoder::State {
    ErrorJump error;
    jpeg_compress_struct info{};
    unsigned char* buffer = nullptr;
    unsigned long capacity = 0;
};

JpegEncoder::JpegEncoder() : state_(std::make_unique<State>()) {
    auto& state = *state_;
    state.info.err = ::jpeg_std_error(&state.error.manager);
    state.error.manager.error_exit = onError;
    state.error.manager.output_message = onMessage;
    ::jpeg_create_compress(&state.info);
}

JpegEncoder::~JpegEncoder() {
    ::jpeg_destroy_compress(&state_->info);
    std::free(state_->buffer);  // NOLINT: made by libjpeg with malloc()
}

/// No object with a destructor lives in this frame: an error jumps back into it.
static bool compress(jpeg_compress_struct& info, ErrorJump& error, unsigned char** buffer,
                     unsigned long* size, const Picture& picture, int quality) {
    if (setjmp(error.back) != 0) {  // NOLINT
        ::jpeg_abort_compress(&info);
        return false;
    }
    ::jpeg_mem_dest(&info, buffer, size);
    info.image_width = static_cast<JDIMENSION>(picture.size.w);
    info.image_height = static_cast<JDIMENSION>(picture.size.h);
    info.input_components = 4;
    info.in_color_space = JCS_EXT_BGRX;
    ::jpeg_set_defaults(&info);
    ::jpeg_set_quality(&info, quality, TRUE);
    info.dct_method = JDCT_FASTEST;
    if (quality >= 85) {  // thin coloured text suffers from halved colour planes
        info.comp_info[0].h_samp_factor = 1;
        info.comp_info[0].v_samp_factor = 1;
    }
    ::jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        auto* row = const_cast<JSAMPROW>(picture.at(0, static_cast<int>(info.next_scanline)));
        ::jpeg_write_scanlines(&info, &row, 1);
    }
    ::jpeg_finish_compress(&info);
    return true;
}

wire::ByteView JpegEncoder::encode(const Picture& picture, int quality) {
    auto& state = *state_;
    // libjpeg grows the buffer by a new one and leaves the old to us; one that fits is used again.
    auto* buffer = state.buffer;
    unsigned long size = state.capacity;
    const bool isGood = compress(state.info, state.error, &buffer, &size, picture, quality);
    if (buffer != state.buffer) {
        std::free(state.buffer);  // NOLINT
        state.buffer = buffer;
        state.capacity = isGood ? size : 0;
    }
    if (!isGood) return {};
    return {reinterpret_cast<const std::byte*>(state.buffer), size};
}

}  // namespace trellis::device::desktop
