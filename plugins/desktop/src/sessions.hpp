/// Who is at which desktop, and what each may do there.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <trellis/sdk/guarded.hpp>
#include <trellis/sdk/plugin.hpp>

#include "texts.hpp"

namespace desktop {

struct Limits {
    std::int64_t idleMinutes = 0;  ///< without input of the viewer; 0: no limit
    std::int64_t mostMinutes = 0;  ///< of a session; 0: no limit
    std::int64_t mostViewers = 0;  ///< of one device
    ClipboardRules clipboard{};
    bool isVirtualDisplayAllowed = true;
};

/// One viewer. Members without a remark never change.
struct Viewer {
    std::uint64_t id = 0;
    std::string deviceId, userId, userName, guestName;
    std::int64_t sinceMs = 0;  ///< Unix time
    bool isRecorded = false;
    Input right = Input::None;
    bool mayStartVirtual = false;  ///< by his rights
    std::atomic<bool> hasChosenViewOnly = false;
    std::atomic<std::int64_t> idleTicks = 0;  ///< since the viewer last did something
    std::atomic<bool> isWarned = false;       ///< was told that he is about to be cut off
    std::atomic<bool> isOurPage = false;      ///< understands messages beyond the wire's
    std::int64_t ticks = 0;                   ///< since it began; of the timer alone
    trellis::sdk::Guarded<std::shared_ptr<trellis::sdk::TunnelControl>> control;

    Input input() const { return hasChosenViewOnly ? Input::None : right; }
};
using ViewerPtr = std::shared_ptr<Viewer>;

/// What a user's rights on the device let him do at its desktop (control-protocol specification, 4.2).
Input inputOf(std::uint32_t deviceRights);
/// A virtual screen is a session without a password, with a terminal in it: for who may have both.
bool mayStartVirtual(std::uint32_t deviceRights);

/// Any thread.
class Sessions {
public:
    Sessions(Limits limits, std::function<void(const std::string& deviceId)> changed);

    const Limits& limits() const { return limits_; }
    /// Throws Error{Conflict} when the device has its most viewers.
    ViewerPtr enter(const trellis::sdk::TunnelInfo& info);
    void leave(const ViewerPtr& viewer);
    void chooseViewOnly(Viewer& viewer, bool isOn);
    /// Somebody did something: he is not idle.
    void touched(Viewer& viewer);
    /// `[{userId, name, guest?, since, viewOnly, limited, recorded}]`, the longest first.
    trellis::sdk::json::array at(const std::string& deviceId) const;
    std::size_t count() const;

    static constexpr std::int64_t kTickSeconds = 5;
    /// Every kTickSeconds: warns and ends those who have been idle, or here, for too long.
    void tick();

private:
    std::vector<ViewerPtr> all() const;
    void tick(Viewer& viewer);
    static void tell(Viewer& viewer, std::int64_t seconds, std::int64_t idleMinutes);

    const Limits limits_;
    const std::function<void(const std::string&)> changed_;
    trellis::sdk::Guarded<std::map<std::uint64_t, ViewerPtr>> viewers_;
    std::atomic<std::uint64_t> lastId_ = 0;
};

/// Makes the handler that keeps a viewer to what he may do.
std::unique_ptr<trellis::sdk::TunnelHandler> watch(std::shared_ptr<Sessions> sessions,
                                                   const trellis::sdk::TunnelInfo& info);

}  // namespace desktop
