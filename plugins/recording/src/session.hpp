/// One session that is recorded: frames come on an I/O loop, a worker writes them.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <trellis/sdk/tunnel.hpp>

#include "session_file.hpp"

namespace recording {

/// What a session needs of the plugin. Any thread.
class SessionOwner {
public:
    virtual ~SessionOwner() = default;
    /// Runs on a worker; false when no worker is free: sweep() of the session comes later.
    virtual bool work(std::function<void()> task) = 0;
    /// A worker: a session's file has been made.
    virtual void begun() {}
    /// A worker: all is written.
    virtual void finished(SessionFile& file) = 0;
    /// A worker: nothing more is recorded; `file` holds what was, or is null if there is none.
    virtual void failed(const Entry& entry, SessionFile* file, const std::string& why) = 0;
};

class Session final : public std::enable_shared_from_this<Session> {
public:
    /// Beyond this what comes from both ends is not read until half of it is written.
    static constexpr std::size_t kQueueLimit = 8 * 1024 * 1024;

    /// A message of the device that is shown in parts (sdk/tunnel.hpp) becomes one block up to this size;
    /// of a longer one each such piece is a block.
    static constexpr std::size_t kPart = 1024 * 1024, kMostJoined = 4 * 1024 * 1024;

    Session(SessionOwner& owner, std::string folder, Entry entry, FileOptions options);

    // ---- the I/O loop ---------------------------------------------------------------------------
    void opened(const std::shared_ptr<trellis::sdk::TunnelControl>& control);
    void add(trellis::sdk::Side from, bool isText, std::string_view bytes);
    void closed();

    // ---- any thread -----------------------------------------------------------------------------
    /// Starts a worker if something waits and none is at it.
    void sweep();
    /// Writes what waits and ends, on the calling thread: the plugin stops.
    void finishNow();
    bool isOver() const;
    std::shared_ptr<trellis::sdk::TunnelControl> control() const;
    const Entry& entry() const noexcept { return entry_; }

private:
    void push(trellis::sdk::Side from, bool isText, std::string bytes);
    void schedule(std::unique_lock<std::mutex>& lock);
    void drain();
    bool writeSome();
    void fail(const std::string& why);
    void holdOrRelease();

    SessionOwner& owner_;
    const std::string folder_;
    const Entry entry_;
    const FileOptions options_;
    mutable std::mutex mutex_;
    std::shared_ptr<trellis::sdk::TunnelControl> control_;
    std::deque<Piece> queue_;
    std::size_t queued_ = 0;
    std::string joined_;  ///< parts of a message that is not all there
    std::uint64_t lastMs_ = 0;
    std::optional<std::int64_t> closedMs_;
    bool isScheduled_ = false, isOver_ = false;
    bool isPaused_ = false;  ///< what the ends should be
    bool isHeld_ = false;    ///< what they were told last
    bool isTelling_ = false; ///< a thread is in holdOrRelease()
    std::mutex fileMutex_;  ///< held while a worker writes
    std::unique_ptr<SessionFile> file_;
};

}  // namespace recording
