/// One client of the event stream: a bounded queue of text that its connection empties.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include <trellis/sdk/request.hpp>

#include "core/model/event_log.hpp"
#include "core/net/http_message.hpp"

namespace trellis::api {

/// What a client wants to see of what it may see. Empty members do not filter.
struct StreamFilter {
    std::vector<std::string> actions; ///< names, or beginnings with '*' at the end
    std::string deviceId;
    std::string groupId; ///< also events of its devices

    bool takesAction(std::string_view action) const noexcept;
};

/// Written by the feed's strand and the timer, read by the connection's loop.
class EventStream final : public net::BodyProducer {
public:
    static constexpr std::size_t kQueueBytes = 256 * 1024;
    using Text = std::shared_ptr<const std::string>;

    EventStream(sdk::Caller who, StreamFilter what, std::int64_t endsMs)
        : caller(std::move(who)), filter(std::move(what)), expiresMs(endsMs) {}

    /// An event with its id ("" if it isn't stored). Kept back until release().
    void offer(const std::string& id, const Text& text);
    /// What was missed, and only then what came since the stream was made; that is left out of the
    /// second which was in the first.
    void release(const std::vector<std::pair<std::string, Text>>& missed);
    /// A comment, so that both sides and what is between them see that the connection lives.
    void beat();
    /// The last event says why; then the answer ends. What waits is still sent, unless that is why.
    void end(const std::string& code, const std::string& reason);
    bool isEnded() const;

    void start(std::function<void()> wake) override;
    State produce(std::string& out, std::size_t atMost) override;

    const sdk::Caller caller;
    const StreamFilter filter;
    std::string loginSession;     ///< publicId of the browser's session, "" otherwise; fixed once known
    const std::int64_t expiresMs; ///< with the browser's session; 0: no such end

private:
    void push(Text text);                             ///< mutex_ held
    void finish(const std::string& code, const std::string& reason); ///< mutex_ held
    void wake();

    mutable std::mutex mutex_; ///< guards what follows
    std::function<void()> wake_;
    std::deque<Text> queue_;
    std::size_t queued_ = 0; ///< bytes
    std::size_t sent_ = 0;   ///< bytes of the first text in the queue
    bool isReleased_ = false;
    bool isEnded_ = false;
    std::vector<std::pair<std::string, Text>> held_;
    std::size_t heldBytes_ = 0;
};

/// "<ms since 1970>-<8 hex digits>": the same for an event when it happens and when it is read back
/// from the log, which gives numbers only later.
std::string streamId(const model::Event& event);
/// The time in such an id, nothing if it isn't one.
std::optional<std::int64_t> timeOfStreamId(std::string_view id);

} // namespace trellis::api
