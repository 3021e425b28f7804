#include "sessions.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <boost/json/serialize.hpp>

namespace desktop {

using namespace trellis::sdk;

namespace {

constexpr std::int64_t kTicksPerMinute = 60 / Sessions::kTickSeconds;
/// How long before the end somebody idle is told of it; half the limit if that is shorter.
constexpr std::int64_t kWarningTicks = 60 / Sessions::kTickSeconds;

std::int64_t nowMs() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

void end(Viewer& viewer, const std::string& reason) {
    // Copied out: closing calls the handler back.
    if (const auto control = viewer.control.with([](auto& one) { return one; })) control->close(reason);
}

json::object toJson(const Viewer& viewer) {
    json::object out{{"userId", viewer.userId},
                     {"name", viewer.guestName.empty() ? viewer.userName : viewer.guestName},
                     {"since", viewer.sinceMs},
                     {"viewOnly", viewer.input() == Input::None},
                     {"limited", viewer.right == Input::Limited},
                     {"recorded", viewer.isRecorded}};
    if (!viewer.guestName.empty()) out["guest"] = true;
    return out;
}

}  // namespace

Input inputOf(std::uint32_t deviceRights) {
    if (deviceRights == device_right::kAdmin) return Input::Full;
    if (!(deviceRights & device_right::kRemoteControl) || (deviceRights & device_right::kViewOnly)) {
        return Input::None;
    }
    return deviceRights & device_right::kLimitedInput ? Input::Limited : Input::Full;
}

bool mayStartVirtual(std::uint32_t deviceRights) {
    const bool hasTerminal = deviceRights == device_right::kAdmin || !(deviceRights & device_right::kNoTerminal);
    return hasTerminal && inputOf(deviceRights) == Input::Full;
}

Sessions::Sessions(Limits limits, std::function<void(const std::string&)> changed)
    : limits_(limits), changed_(std::move(changed)) {}

ViewerPtr Sessions::enter(const TunnelInfo& info) {
    auto viewer = std::make_shared<Viewer>();
    viewer->id = ++lastId_;
    viewer->deviceId = info.deviceId;
    viewer->userId = info.caller.userId;
    viewer->userName = info.caller.userName;
    viewer->guestName = info.guestName;
    viewer->sinceMs = nowMs();
    viewer->isRecorded = info.isRecorded;
    viewer->right = inputOf(info.deviceRights);
    viewer->mayStartVirtual = info.guestName.empty() && mayStartVirtual(info.deviceRights);
    const bool hasEntered = viewers_.with([&](auto& all) {
        const auto here = std::count_if(all.begin(), all.end(), [&](const auto& one) {
            return one.second->deviceId == info.deviceId;
        });
        if (here >= limits_.mostViewers) return false;
        all.emplace(viewer->id, viewer);
        return true;
    });
    if (!hasEntered) {
        throw Error(ErrorCode::Conflict, "as many people as allowed (" + std::to_string(limits_.mostViewers) +
                                             ") are at this desktop already");
    }
    return viewer;
}

void Sessions::leave(const ViewerPtr& viewer) {
    viewer->control.with([](auto& one) { one.reset(); });
    const bool wasThere = viewers_.with([&](auto& all) { return all.erase(viewer->id) > 0; });
    if (wasThere) changed_(viewer->deviceId);
}

void Sessions::chooseViewOnly(Viewer& viewer, bool isOn) {
    if (viewer.hasChosenViewOnly.exchange(isOn) != isOn) changed_(viewer.deviceId);
}

void Sessions::touched(Viewer& viewer) {
    viewer.idleTicks = 0;
    if (viewer.isWarned.exchange(false)) tell(viewer, 0, 0);
}

std::vector<ViewerPtr> Sessions::all() const {
    return viewers_.with([](const auto& all) {
        std::vector<ViewerPtr> out;
        out.reserve(all.size());
        for (const auto& [id, viewer] : all) out.push_back(viewer);
        return out;
    });
}

std::size_t Sessions::count() const {
    return viewers_.with([](const auto& all) { return all.size(); });
}

json::array Sessions::at(const std::string& deviceId) const {
    json::array out;
    for (const auto& viewer : all()) {
        if (viewer->deviceId == deviceId) out.emplace_back(toJson(*viewer));
    }
    return out;
}

void Sessions::tick() {
    for (const auto& viewer : all()) tick(*viewer);
}

void Sessions::tick(Viewer& viewer) {
    const auto most = limits_.mostMinutes * kTicksPerMinute;
    if (most > 0 && ++viewer.ticks >= most) {
        end(viewer, "The session has reached its longest time of " + std::to_string(limits_.mostMinutes) + " min.");
        return;
    }
    const auto limit = limits_.idleMinutes * kTicksPerMinute;
    if (limit == 0) return;
    const auto idle = ++viewer.idleTicks;
    if (idle >= limit) {
        end(viewer, "Nothing was done for " + std::to_string(limits_.idleMinutes) + " min.");
    } else if (idle >= limit - std::min(kWarningTicks, limit / 2) && !viewer.isWarned.exchange(true)) {
        tell(viewer, (limit - idle) * kTickSeconds, limits_.idleMinutes);
    }
}

/// Our page words it in its own language; others show a line of text. 0 seconds: over.
void Sessions::tell(Viewer& viewer, std::int64_t seconds, std::int64_t idleMinutes) {
    const auto control = viewer.control.with([](auto& one) { return one; });
    if (!control) return;
    json::object message{{"ctrlChannel", "102938"}};
    if (viewer.isOurPage) {
        message["type"] = "idle";
        message["seconds"] = seconds;
    } else {
        message["type"] = "console";
        message["msgid"] = 0;
        message["msg"] = nullptr;
        if (seconds > 0) {
            message["msg"] = "Nothing was done for a while: the session ends in " + std::to_string(seconds) +
                             " s (limit: " + std::to_string(idleMinutes) + " min).";
        }
    }
    control->send(Side::Viewer, json::serialize(message), true);
}

}  // namespace desktop
