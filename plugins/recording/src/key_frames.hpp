/// When a desktop's coded picture needs a key frame, so that a player finds one near every place.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "desktop_index.hpp"

namespace recording {

class KeyFrames {
public:
    static constexpr std::int64_t kEveryMs = 10'000;
    static constexpr int kAtLeast = 10;  ///< frames since the last, so that a screen at rest costs nothing
    /// A player decodes all of them when it jumps, in 100 ms: H.264 takes 1.6 ms for one of 1920x1080, VP9 3.5.
    static constexpr int kAtMost = 60, kAtMostVp9 = 30;
    /// Type 204: a key frame, please (docs/design/desktop-stream.md).
    static constexpr std::string_view kRequest{"\x00\xCC\x00\x04", 4};

    /// Shown each binary message of the device; true when one is to be asked for now.
    bool wantsOne(std::span<const std::byte> message, std::int64_t nowMs) noexcept {
        const auto command = kvm::parse(message);
        if (command.type == kvm::kStream && !command.payload.empty()) {
            atMost_ = std::to_integer<int>(command.payload[0]) == 2 ? kAtMostVp9 : kAtMost;
        }
        if (command.type != kvm::kFrame || command.payload.size() < 5) return false;
        if ((std::to_integer<unsigned>(command.payload[4]) & 1) != 0) {
            sinceMs_ = nowMs;
            frames_ = 0;
            return false;
        }
        ++frames_;
        const bool isLongAgo = frames_ >= kAtLeast && nowMs - sinceMs_ >= kEveryMs;
        if (!isLongAgo && frames_ < atMost_) return false;
        sinceMs_ = nowMs;
        frames_ = 0;
        return true;
    }

private:
    std::int64_t sinceMs_ = 0;
    int frames_ = 0;
    int atMost_ = kAtMost;
};

}  // namespace recording
