// VP9 by libvpx, if this machine has it.
#include "agent/desktop/codec.hpp"
#include "agent/platform/linux/desktop/zero_pages.hpp"

#include <dlfcn.h>

// Without the header's checked wrappers, which would need the library at link time.
#define VPX_DISABLE_CTRL_TYPECHECKS 1
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

#include <array>
#include <utility>

namespace trellis::device::desktop {
namespace {

struct VpxApi {
    decltype(&::vpx_codec_vp9_cx) vpx_codec_vp9_cx = nullptr;
    decltype(&::vpx_codec_enc_config_default) vpx_codec_enc_config_default = nullptr;
    decltype(&::vpx_codec_enc_init_ver) vpx_codec_enc_init_ver = nullptr;
    decltype(&::vpx_codec_enc_config_set) vpx_codec_enc_config_set = nullptr;
    decltype(&::vpx_codec_encode) vpx_codec_encode = nullptr;
    decltype(&::vpx_codec_get_cx_data) vpx_codec_get_cx_data = nullptr;
    decltype(&::vpx_codec_control_) vpx_codec_control_ = nullptr;
    decltype(&::vpx_codec_destroy) vpx_codec_destroy = nullptr;

    bool load() {
        // Its ABI is checked again by the number that vpx_codec_enc_init_ver gets.
        void* library = nullptr;
        for (const char* name : {"libvpx.so.7", "libvpx.so.8", "libvpx.so.9", "libvpx.so.6"}) {
            if ((library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
        }
        if (library == nullptr) return false;
        const auto find = [&](auto& into, const char* name) {
            *reinterpret_cast<void**>(&into) = ::dlsym(library, name);
            return into != nullptr;
        };
        return find(vpx_codec_vp9_cx, "vpx_codec_vp9_cx") &&
               find(vpx_codec_enc_config_default, "vpx_codec_enc_config_default") &&
               find(vpx_codec_enc_init_ver, "vpx_codec_enc_init_ver") &&
               find(vpx_codec_enc_config_set, "vpx_codec_enc_config_set") &&
               find(vpx_codec_encode, "vpx_codec_encode") &&
               find(vpx_codec_get_cx_data, "vpx_codec_get_cx_data") &&
               find(vpx_codec_control_, "vpx_codec_control_") &&
               find(vpx_codec_destroy, "vpx_codec_destroy");
    }
};

class Vp9 : public VideoEncoder {
public:
    explicit Vp9(const VpxApi& api) : vpx_(api) {}
    ~Vp9() override {
        if (isOpen_) vpx_.vpx_codec_destroy(&context_);
    }
    Vp9(const Vp9&) = delete;
    Vp9& operator=(const Vp9&) = delete;

    bool begin(Size size, int bitsPerSecond);
    std::uint8_t id() const noexcept override { return 2; }
    Frame encode(const Planes& planes, bool wantsKey, std::int64_t milliseconds) override;
    void setBitrate(int bitsPerSecond) override {
        config_.rc_target_bitrate = static_cast<unsigned>(bitsPerSecond / 1000);
        vpx_.vpx_codec_enc_config_set(&context_, &config_);
    }

private:
    VpxApi vpx_;
    vpx_codec_ctx_t context_{};
    vpx_codec_enc_cfg_t config_{};
    bool isOpen_ = false;
    bool hasBegun_ = false;
    std::int64_t last_ = -1;
    wire::Bytes data_;
};

bool Vp9::begin(Size size, int bitsPerSecond) {
    auto* kind = vpx_.vpx_codec_vp9_cx();
    if (vpx_.vpx_codec_enc_config_default(kind, &config_, 0) != VPX_CODEC_OK) return false;
    config_.g_w = static_cast<unsigned>(size.w);
    config_.g_h = static_cast<unsigned>(size.h);
    config_.g_timebase = {1, 1000};
    config_.g_threads = 1;
    config_.g_lag_in_frames = 0;
    config_.g_error_resilient = 0;
    config_.rc_end_usage = VPX_CBR;
    config_.rc_target_bitrate = static_cast<unsigned>(bitsPerSecond / 1000);
    config_.rc_dropframe_thresh = 0;
    config_.rc_min_quantizer = 4;
    config_.rc_max_quantizer = 52;
    config_.kf_mode = VPX_KF_DISABLED;
    if (vpx_.vpx_codec_enc_init_ver(&context_, kind, &config_, 0, VPX_ENCODER_ABI_VERSION) !=
        VPX_CODEC_OK) {
        return false;
    }
    isOpen_ = true;
    const std::pair<int, int> controls[] = {
        {VP8E_SET_CPUUSED, 9}, {VP9E_SET_TUNE_CONTENT, VP9E_CONTENT_SCREEN},
        {VP9E_SET_AQ_MODE, 3}, {VP8E_SET_STATIC_THRESHOLD, 1},
        {VP9E_SET_COLOR_SPACE, VPX_CS_BT_709}, {VP9E_SET_ROW_MT, 0},
    };
    for (const auto& [name, value] : controls) vpx_.vpx_codec_control_(&context_, name, value);
    // It has cleared 120 MB for 1920x1080, most of which these settings never use.
    giveBackZeroPages();
    return true;
}

VideoEncoder::Frame Vp9::encode(const Planes& planes, bool wantsKey, std::int64_t milliseconds) {
    vpx_image_t image{};
    image.fmt = VPX_IMG_FMT_I420;
    image.cs = VPX_CS_BT_709;
    image.w = image.d_w = static_cast<unsigned>(planes.size().w);
    image.h = image.d_h = static_cast<unsigned>(planes.size().h);
    image.bit_depth = 8;
    image.bps = 12;
    image.x_chroma_shift = image.y_chroma_shift = 1;
    image.planes[VPX_PLANE_Y] = const_cast<unsigned char*>(planes.y());
    image.planes[VPX_PLANE_U] = const_cast<unsigned char*>(planes.u());
    image.planes[VPX_PLANE_V] = const_cast<unsigned char*>(planes.v());
    image.stride[VPX_PLANE_Y] = planes.size().w;
    image.stride[VPX_PLANE_U] = image.stride[VPX_PLANE_V] = planes.size().w / 2;
    last_ = std::max(milliseconds, last_ + 1);  // it refuses a time that does not grow
    data_.clear();
    if (vpx_.vpx_codec_encode(&context_, &image, last_, 1000 / kFrameRate,
                              wantsKey ? VPX_EFLAG_FORCE_KF : 0, VPX_DL_REALTIME) != VPX_CODEC_OK) {
        return {};
    }
    // More is cleared for the first frame.
    if (!std::exchange(hasBegun_, true)) giveBackZeroPages();
    bool isKey = false;
    vpx_codec_iter_t at = nullptr;
    while (const auto* packet = vpx_.vpx_codec_get_cx_data(&context_, &at)) {
        if (packet->kind != VPX_CODEC_CX_FRAME_PKT) continue;
        isKey = (packet->data.frame.flags & VPX_FRAME_IS_KEY) != 0;
        wire::append(data_, {static_cast<const std::byte*>(packet->data.frame.buf), packet->data.frame.sz});
    }
    return {data_, isKey};
}
}  // namespace

std::unique_ptr<VideoEncoder> makeVp9(Size size, int bitsPerSecond) {
    VpxApi api;
    if (!api.load()) return {};
    auto made = std::make_unique<Vp9>(api);
    if (!made->begin(size, bitsPerSecond)) return {};
    return made;
}

}  // namespace trellis::device::desktop
