/// When to try the server again (protocol section 1.7).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace trellis::device {

/// The base starts at a random 500..2000 ms and doubles with each failure; the delay is the base plus
/// a random part of it. From 240 s on the delay is 240..360 s, so that a fleet does not come back in
/// step.
class BackOff {
public:
    /// `random(n)` returns 0..n-1; n > 0.
    using Random = std::function<std::uint32_t(std::uint32_t)>;
    explicit BackOff(Random random);

    /// The wait before the next attempt; counts a failure.
    std::chrono::milliseconds next();
    /// The server has proved who it is.
    void reset() noexcept { base_ = std::chrono::milliseconds(0); }

private:
    Random random_;
    std::chrono::milliseconds base_{0};
};

}  // namespace trellis::device
