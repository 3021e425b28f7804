#include "readings.hpp"

namespace recording {

using namespace trellis::sdk;

void Readings::note(Host& host, const Caller& caller, const Entry& entry, Clock::time_point now) {
    const auto key = caller.userId + '\n' + caller.address + '\n' + entry.id;
    const bool isKnown = since_.with([&](const auto& all) {
        const auto found = all.find(key);
        return found != all.end() && now - found->second < kTogether;
    });
    if (isKnown) return;
    host.audit({caller.userId, caller.address, entry.domain, "recording.read", entry.id,
                {{"file", entry.name}}, "ok"});
    since_.with([&](auto& all) {
        if (all.size() >= kMost) std::erase_if(all, [&](const auto& each) { return now - each.second >= kTogether; });
        if (all.size() >= kMost) all.clear();
        all.insert_or_assign(key, now);
    });
}

}  // namespace recording
