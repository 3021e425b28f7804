#include "core/api/http/event_stream.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/serialize.hpp>

#include "core/store/random.hpp"

namespace trellis::api {

namespace {

constexpr std::size_t kHashDigits = 8;

EventStream::Text endText(const std::string& code, const std::string& reason) {
    const boost::json::object data{{"code", code}, {"reason", reason}};
    return std::make_shared<const std::string>("event: end\ndata: " +
                                               boost::json::serialize(data) + "\n\n");
}

} // namespace

bool StreamFilter::takesAction(std::string_view action) const noexcept {
    return actions.empty() || std::any_of(actions.begin(), actions.end(), [&](const auto& one) {
               if (!one.ends_with('*'))
                   return one == action;
               return action.starts_with(std::string_view(one).substr(0, one.size() - 1));
           });
}

std::string streamId(const model::Event& event) {
    std::string all = event.action;
    for (const auto* part : {&event.userId, &event.deviceId, &event.groupId, &event.msg})
        all += '\n' + *part;
    return std::to_string(event.timeMs) + "-" + store::sha256Hex(all).substr(0, kHashDigits);
}

std::optional<std::int64_t> timeOfStreamId(std::string_view id) {
    std::int64_t time = 0;
    const auto [next, failed] = std::from_chars(id.data(), id.data() + id.size(), time);
    const auto rest = id.substr(static_cast<std::size_t>(next - id.data()));
    if (failed != std::errc{} || time <= 0 || rest.size() != kHashDigits + 1 || rest.front() != '-')
        return std::nullopt;
    return time;
}

void EventStream::offer(const std::string& id, const Text& text) {
    {
        const std::scoped_lock lock(mutex_);
        if (isEnded_)
            return;
        if (isReleased_) {
            push(text);
        } else {
            heldBytes_ += text->size();
            held_.emplace_back(id, text);
            if (heldBytes_ > kQueueBytes)
                finish("slow", "too much happened while missed events were read; connect again");
        }
    }
    wake();
}

void EventStream::release(const std::vector<std::pair<std::string, Text>>& missed) {
    {
        const std::scoped_lock lock(mutex_);
        std::unordered_set<std::string> seen;
        // Of the connection's own asking, so not held against its queue.
        for (const auto& [id, text] : missed) {
            seen.insert(id);
            queue_.push_back(text);
        }
        for (const auto& [id, text] : held_)
            if (id.empty() || !seen.contains(id))
                push(text);
        held_.clear();
        isReleased_ = true;
    }
    wake();
}

void EventStream::beat() {
    static const auto kBeat = std::make_shared<const std::string>(": alive\n\n");
    {
        const std::scoped_lock lock(mutex_);
        if (isEnded_ || !queue_.empty())
            return;
        push(kBeat);
    }
    wake();
}

void EventStream::push(Text text) {
    if (isEnded_)
        return;
    queued_ += text->size();
    queue_.push_back(std::move(text));
    if (queued_ <= kQueueBytes)
        return;
    // All but what is half sent goes, so that the last event can still be read.
    while (queue_.size() > (sent_ > 0 ? 1U : 0U))
        queue_.pop_back();
    finish("slow", "the client reads too slowly; connect again with Last-Event-ID");
}

void EventStream::finish(const std::string& code, const std::string& reason) {
    if (isEnded_)
        return;
    isEnded_ = true;
    isReleased_ = true;
    held_.clear();
    queue_.push_back(endText(code, reason));
}

void EventStream::end(const std::string& code, const std::string& reason) {
    {
        const std::scoped_lock lock(mutex_);
        finish(code, reason);
    }
    wake();
}

bool EventStream::isEnded() const {
    const std::scoped_lock lock(mutex_);
    return isEnded_;
}

void EventStream::start(std::function<void()> wake) {
    const std::scoped_lock lock(mutex_);
    wake_ = std::move(wake);
}

void EventStream::wake() {
    std::function<void()> call;
    {
        const std::scoped_lock lock(mutex_);
        call = wake_;
    }
    if (call)
        call();
}

net::BodyProducer::State EventStream::produce(std::string& out, std::size_t atMost) {
    const std::scoped_lock lock(mutex_);
    bool hasData = false;
    while (!queue_.empty() && atMost > 0) {
        const auto& text = *queue_.front();
        const auto size = std::min(atMost, text.size() - sent_);
        out.append(text, sent_, size);
        hasData = true;
        atMost -= size;
        sent_ += size;
        if (sent_ < text.size())
            break;
        queued_ -= std::min(queued_, text.size());
        sent_ = 0;
        queue_.pop_front();
    }
    if (hasData)
        return State::Data;
    return isEnded_ ? State::End : State::Wait;
}

} // namespace trellis::api
