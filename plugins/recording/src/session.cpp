#include "session.hpp"

#include <algorithm>
#include <utility>

#include <trellis/sdk/error.hpp>

namespace recording {

using trellis::sdk::Side;

namespace {

/// What a piece costs besides its bytes.
constexpr std::size_t kPieceCost = 64;

}  // namespace

Session::Session(SessionOwner& owner, std::string folder, Entry entry, FileOptions options)
    : owner_(owner), folder_(std::move(folder)), entry_(std::move(entry)), options_(options) {}

void Session::opened(const std::shared_ptr<trellis::sdk::TunnelControl>& control) {
    std::unique_lock lock(mutex_);
    control_ = control;
    schedule(lock);  // makes the file
}

void Session::add(Side from, bool isText, std::string_view bytes) {
    std::unique_lock lock(mutex_);
    if (isOver_ || closedMs_) return;
    lastMs_ = std::max(lastMs_, static_cast<std::uint64_t>(nowMs()));
    const bool isPart = from == Side::Device && !isText && (bytes.size() == kPart || !joined_.empty());
    if (!isPart) {
        push(from, isText, std::string(bytes));
    } else {
        joined_ += bytes;
        if (bytes.size() == kPart && joined_.size() < kMostJoined) return;
        push(from, isText, std::exchange(joined_, {}));
    }
    isPaused_ = isPaused_ || queued_ > kQueueLimit;
    schedule(lock);
    lock.unlock();
    holdOrRelease();
}

/// One thread at a time tells the ends, without the lock, and looks again after it: whatever order threads
/// come in, the last that was told is what isPaused_ says.
void Session::holdOrRelease() {
    std::unique_lock lock(mutex_);
    const auto control = control_;
    if (isTelling_ || !control) return;
    while (isHeld_ != isPaused_) {
        const bool holds = isHeld_ = isPaused_;
        isTelling_ = true;
        lock.unlock();
        for (const auto end : {Side::Viewer, Side::Device}) holds ? control->pause(end) : control->resume(end);
        lock.lock();
        isTelling_ = false;
    }
}

void Session::push(Side from, bool isText, std::string bytes) {
    const auto flags = (isText ? 0 : mcrec::flag::kBinary) | (from == Side::Viewer ? mcrec::flag::kUser : 0);
    queued_ += bytes.size() + kPieceCost;
    queue_.push_back({static_cast<std::uint16_t>(flags), lastMs_, std::move(bytes)});
}

void Session::closed() {
    std::unique_lock lock(mutex_);
    if (closedMs_) return;
    if (!joined_.empty()) push(Side::Device, false, std::exchange(joined_, {}));
    closedMs_ = std::max<std::int64_t>(nowMs(), static_cast<std::int64_t>(lastMs_));
    control_.reset();
    schedule(lock);
}

void Session::sweep() {
    std::unique_lock lock(mutex_);
    if (!queue_.empty() || closedMs_) schedule(lock);
}

bool Session::isOver() const {
    const std::scoped_lock lock(mutex_);
    return isOver_;
}

std::shared_ptr<trellis::sdk::TunnelControl> Session::control() const {
    const std::scoped_lock lock(mutex_);
    return control_;
}

void Session::schedule(std::unique_lock<std::mutex>&) {
    if (isScheduled_ || isOver_) return;
    isScheduled_ = owner_.work([self = shared_from_this()] { self->drain(); });
}

void Session::finishNow() {
    closed();
    drain();
}

void Session::drain() {
    const std::scoped_lock writing(fileMutex_);
    try {
        if (!file_ && !isOver()) {
            file_ = std::make_unique<SessionFile>(folder_, entry_, options_);
            owner_.begun();
        }
        while (writeSome()) {
        }
    } catch (const std::exception& error) {
        fail(error.what());
    }
}

/// False when this worker is done with the session for now.
bool Session::writeSome() {
    std::deque<Piece> pieces;
    std::optional<std::int64_t> end;
    {
        const std::scoped_lock lock(mutex_);
        if (isOver_) return false;
        pieces.swap(queue_);
        if (pieces.empty() && !closedMs_) {
            isScheduled_ = false;
            return false;
        }
        if (pieces.empty()) end = closedMs_;
    }
    if (end) {
        file_->finish(*end);
        {
            const std::scoped_lock lock(mutex_);
            isOver_ = true;
        }
        owner_.finished(*file_);
        file_.reset();
        return false;
    }
    std::size_t written = 0;
    for (const auto& piece : pieces) {
        file_->add(piece);
        written += piece.data.size() + kPieceCost;
    }
    file_->flush();
    {
        const std::scoped_lock lock(mutex_);
        queued_ -= std::min(queued_, written);
        isPaused_ = isPaused_ && queued_ > kQueueLimit / 2;
    }
    holdOrRelease();
    return true;
}

void Session::fail(const std::string& why) {
    {
        const std::scoped_lock lock(mutex_);
        isOver_ = true;
        queue_.clear();
        joined_.clear();
        queued_ = 0;
        isPaused_ = false;
    }
    holdOrRelease();
    owner_.failed(entry_, file_.get(), why);
    file_.reset();
    const std::scoped_lock lock(mutex_);
    control_.reset();
}

}  // namespace recording
