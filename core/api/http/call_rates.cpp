#include "core/api/http/call_rates.hpp"

namespace trellis::api {

std::chrono::seconds CallRates::take(const std::string& caller, Time now) {
    if (perSecond_ == 0)
        return std::chrono::seconds(0);
    const std::scoped_lock lock(mutex_);
    const auto known = byCaller_.find(caller);
    if (known == byCaller_.end()) {
        recent_.push_front({caller, RateLimit(perSecond_)});
        byCaller_[caller] = recent_.begin();
    } else {
        recent_.splice(recent_.begin(), recent_, known->second);
    }
    if (recent_.size() > kMaxCallers) {
        byCaller_.erase(recent_.back().caller);
        recent_.pop_back();
    }
    // The bucket gains at least one in a second.
    return std::chrono::seconds(recent_.front().limit.take(now) ? 0 : 1);
}

std::size_t CallRates::size() const {
    const std::scoped_lock lock(mutex_);
    return recent_.size();
}

} // namespace trellis::api
