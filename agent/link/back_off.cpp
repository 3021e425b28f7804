#include "agent/link/back_off.hpp"

namespace trellis::device {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds kFirstLeast{500};
constexpr milliseconds kFirstMost{2000};
constexpr milliseconds kLongest{240'000};
constexpr milliseconds kLongestSpread{120'000};
}  // namespace

BackOff::BackOff(Random random) : random_(std::move(random)) {}

milliseconds BackOff::next() {
    const auto upTo = [this](milliseconds most) {
        return milliseconds(random_(static_cast<std::uint32_t>(most.count()) + 1));
    };
    base_ = base_.count() == 0 ? kFirstLeast + upTo(kFirstMost - kFirstLeast) : base_ * 2;
    if (base_ >= kLongest) {
        base_ = kLongest;
        return kLongest + upTo(kLongestSpread);
    }
    return base_ + upTo(base_);
}

}  // namespace trellis::device
