#include "throttle.hpp"

namespace sharing {
namespace {

/// An IPv6 customer has a whole /64: its first four groups stand for all of it.
std::string keyOf(const std::string& address) {
    std::size_t at = 0;
    for (int groups = 0; groups < 4; ++groups) {
        at = address.find(':', at);
        if (at == std::string::npos) return address;
        ++at;
    }
    return address.substr(0, at);
}

}  // namespace

bool Throttle::isBlocked(const std::string& address) const {
    return counts_.with([&](const auto& counts) {
        const auto found = counts.find(keyOf(address));
        return found != counts.end() && found->second.failures >= kMaxFailures &&
               now_() - found->second.since < kWindow;
    });
}

void Throttle::failed(const std::string& address) {
    const auto now = now_();
    counts_.with([&](auto& counts) {
        if (counts.size() >= kMaxAddresses) {
            std::erase_if(counts, [&](const auto& entry) { return now - entry.second.since >= kWindow; });
        }
        // Full of fresh failures: somebody has more addresses than the table has places. Starting
        // anew forgets them, which costs less than growing or refusing everybody.
        if (counts.size() >= kMaxAddresses) counts.clear();
        auto& count = counts[keyOf(address)];
        if (count.failures == 0 || now - count.since >= kWindow) count = {now, 0};
        ++count.failures;
    });
}

}  // namespace sharing
