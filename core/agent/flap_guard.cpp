#include "core/agent/flap_guard.hpp"

namespace trellis::agent {

FlapGuard::FlapGuard(std::function<Clock::time_point()> now) : now_(std::move(now)) {}

void FlapGuard::forgetOld(Clock::time_point now) {
    while (!order_.empty() &&
           (order_.front().first + kWindow < now || order_.size() > kMaxDevices)) {
        const auto found = counts_.find(order_.front().second);
        if (found != counts_.end() && --found->second == 0) counts_.erase(found);
        order_.pop_front();
    }
}

void FlapGuard::lost(std::string_view deviceId) {
    const auto now = now_();
    const std::scoped_lock lock(mutex_);
    order_.emplace_back(now, deviceId);
    ++counts_[std::string(deviceId)];
    forgetOld(now);
}

Throttle FlapGuard::judge(std::string_view deviceId) {
    const std::scoped_lock lock(mutex_);
    forgetOld(now_());
    const auto found = counts_.find(deviceId);
    if (found == counts_.end() || found->second <= kClearAbove) return Throttle::None;
    return found->second > kSilenceAbove ? Throttle::Silence : Throttle::ClearScript;
}

} // namespace trellis::agent
