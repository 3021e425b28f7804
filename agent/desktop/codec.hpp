/// Moving pictures: what is coded, and who codes it.
#pragma once

#include "agent/desktop/geometry.hpp"

#include <trellis/wire/bytes.hpp>

#include <memory>
#include <optional>
#include <string>

namespace trellis::device::desktop {

/// Planes of BT.709, limited range, colour at half size. Sides are even: the last row or column is doubled.
class Planes {
public:
    /// `shrink` 2: of the picture at half of each side; else 1.
    explicit Planes(Size size, int shrink = 1);

    Size size() const noexcept { return size_; }
    /// Takes `area` from `picture`, which has the size given at first.
    void update(const Picture& picture, const Rect& area);
    const std::uint8_t* y() const noexcept { return y_.data(); }
    const std::uint8_t* u() const noexcept { return u_.data(); }
    const std::uint8_t* v() const noexcept { return v_.data(); }

private:
    /// Pixels of a row of what is coded, from `left`.
    const std::uint8_t* row(const Picture& picture, int left, int y, int width, std::vector<std::uint8_t>& room) const;

    int shrink_;
    Size shown_;
    Size size_;
    std::vector<std::uint8_t> y_;
    std::vector<std::uint8_t> u_;
    std::vector<std::uint8_t> v_;
};

class VideoEncoder {
public:
    struct Frame {
        wire::ByteView data;  ///< good until the next call; empty if there is none
        bool isKey = false;
    };
    virtual ~VideoEncoder() = default;
    /// As in message 200.
    virtual std::uint8_t id() const noexcept = 0;
    virtual Frame encode(const Planes& planes, bool wantsKey, std::int64_t milliseconds) = 0;
    virtual void setBitrate(int bitsPerSecond) = 0;
};

/// Frames a second at most; encoders plan their bits by it.
inline constexpr int kFrameRate = 30;

/// Null if the library can't do this size.
std::unique_ptr<VideoEncoder> makeH264(Size size, int bitsPerSecond);
/// Null if libvpx is not installed.
std::unique_ptr<VideoEncoder> makeVp9(Size size, int bitsPerSecond);

/// The first of `wanted` that this machine can produce ("h264", "vp9"), "" if none.
std::string chooseCodec(const std::vector<std::string>& wanted);
std::unique_ptr<VideoEncoder> makeEncoder(const std::string& codec, Size size, int bitsPerSecond);

}  // namespace trellis::device::desktop
