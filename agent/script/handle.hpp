/// Something native that a script holds: a timer, a connection, a process.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace trellis::device {

class ScriptHost;

using HandleId = std::uint32_t;

class Handle {
public:
    virtual ~Handle() = default;
    /// Takes data for the far end. Nothing is kept for closed ends.
    virtual void send(bool /*isText*/, std::string_view /*data*/) {}
    /// Bytes taken and not yet on their way.
    virtual std::size_t queued() const { return 0; }
    /// No data events while paused; the far end is slowed.
    virtual void pause(bool /*isPaused*/) {}
    /// Orderly end behind what is queued.
    virtual void end() {}
    virtual void ping() {}
    virtual void resize(unsigned short /*rows*/, unsigned short /*columns*/) {}
    virtual void signal(int /*number*/) {}
    /// What a desktop session is told beside its data; texts in the script's form.
    virtual void control(std::string_view /*kind*/, std::string_view /*text*/) {}
    virtual long pid() const { return 0; }
    virtual bool waitForExit(long /*milliseconds*/) { return false; }
};

/// Above this a script's write() returns false, and a script that goes on regardless is refused at the
/// second: what a stalled far end can make the agent hold.
inline constexpr std::size_t kHighWater = 256 * 1024;
inline constexpr std::size_t kMaxHandleQueue = 16 * 1024 * 1024;

}  // namespace trellis::device
