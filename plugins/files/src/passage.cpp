#include "passage.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "members.hpp"

namespace files {

using namespace trellis::sdk;

namespace {

constexpr std::uint16_t kFiles = 5;
constexpr std::size_t kMostJson = 64 * 1024;
/// Until the device has answered: the person in front of it may have to agree first.
constexpr Seconds kFirstWord{90};
/// Without a byte, or without the device.
constexpr Seconds kPatience{120};

std::string_view asText(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

class Passage::End final : public TunnelHandler {
public:
    End(std::shared_ptr<Passage> passage, unsigned attempt)
        : passage_(std::move(passage)), attempt_(attempt) {}
    void onOpen(const std::shared_ptr<TunnelControl>& control) override {
        passage_->opened(attempt_, control);
    }
    Verdict onFrame(Side, Frame& frame) override {
        passage_->frame(attempt_, frame);
        return Verdict::Drop;
    }
    void onWritable(Side) override { passage_->room(attempt_); }
    void onClose(std::string_view reason) override { passage_->closed(attempt_, reason); }

private:
    const std::shared_ptr<Passage> passage_;
    const unsigned attempt_;
};

Passage::Passage(Host& host, Order order, std::shared_ptr<HttpExchange> exchange)
    : host_(host), order_(std::move(order)), exchange_(std::move(exchange)) {}

void Passage::open() {
    unsigned attempt = 0;
    locked([&] {
        if (state_ == State::Waiting) state_ = State::Opening;
        isOpening_ = state_ == State::Opening;
        isReopening_ = false;
        attempt = ++attempt_;
        moved();
    });
    if (isOver()) return;
    try {
        host_.openTunnel({.caller = order_.caller,
                          .deviceId = order_.deviceId,
                          .protocol = kFiles,
                          .accompanies = order_.session},
                         std::make_unique<End>(shared_from_this(), attempt));
        locked([&] { isOpening_ = false; });
    } catch (const Error& why) {
        locked([&] {
            isOpening_ = false;
            if (attempt == attempt_ && canResume() && why.code() == ErrorCode::Unavailable) {
                lost(why.what());
            } else {
                fail(why.code(), why.what(), why.field());
            }
        });
    }
}

void Passage::opened(unsigned attempt, const std::shared_ptr<TunnelControl>& control) {
    locked([&] {
        if (attempt != attempt_ || state_ == State::Done || state_ == State::Failed) {
            return later([control] { control->close("no longer wanted"); });
        }
        control_ = control;
        moved();
        greet();
    });
}

void Passage::frame(unsigned attempt, const Frame& frame) {
    locked([&] {
        if (attempt != attempt_ || state_ == State::Done || state_ == State::Failed) return;
        if (frame.bytes.empty()) return;
        moved();
        if (!frame.isText && frame.bytes.front() == std::byte{1}) return takeBlock(frame.bytes);
        boost::system::error_code problem;
        if (frame.bytes.size() > kMostJson) return;
        const auto value = json::parse(asText(frame.bytes), problem);
        if (problem || !value.is_object()) return;
        const auto& message = value.get_object();
        // Lines for the person: why the device says no.
        if (textOf(message, "type") == "console") {
            said_ = textOf(message, "msg");
            return;
        }
        take(message);
    });
}

void Passage::room(unsigned attempt) {
    locked([&] {
        if (attempt == attempt_ && state_ == State::Running) onRoom();
    });
}

void Passage::closed(unsigned attempt, std::string_view reason) {
    locked([&] {
        if (attempt != attempt_ || isOpening_) return;
        control_.reset();
        lost(said_.empty() ? std::string(reason) : said_);
    });
}

void Passage::lost(const std::string& reason) {
    if (state_ == State::Done || state_ == State::Failed) return;
    if (!canResume()) return fail(ErrorCode::Unavailable, reason);
    if (state_ == State::Running) lostAt_ = Clock::now();
    state_ = State::Waiting;
    error_ = reason;
    ++attempt_;
}

void Passage::tick(Clock::time_point now) {
    bool isDue = false;
    locked([&] {
        const auto waited = now - movedAt_;
        // Hashing what is there from before takes its time; the device says now and then that it goes on.
        const bool isBack = state_ == State::Opening && control_ && waited <= kFirstWord;
        if (state_ == State::Running && waited > kPatience) {
            fail(ErrorCode::DeadlineExceeded, "nothing has moved for 2 minutes");
        } else if (state_ != State::Running && !isBack && canResume() && now - lostAt_ > kPatience) {
            fail(ErrorCode::Unavailable, "the device did not come back: " + error_);
        } else if (state_ == State::Opening && waited > kFirstWord) {
            fail(ErrorCode::DeadlineExceeded, "the device did not answer in time");
        }
        isDue = state_ == State::Waiting && !isReopening_;
    });
    if (!isDue) return;
    const auto device = host_.device(order_.deviceId);
    if (!device || !device->isOnline) return;
    locked([&] { isReopening_ = true; });
    host_.blocking([self = shared_from_this()] { self->open(); });
}

void Passage::stop() {
    locked([&] {
        if (state_ == State::Done || state_ == State::Failed) return;
        onStop();
        fail(ErrorCode::Conflict, "cancelled", "/cancelled");
    });
}

bool Passage::isOver() const {
    const std::scoped_lock lock(mutex_);
    return state_ == State::Done || state_ == State::Failed;
}

Clock::time_point Passage::endedAt() const {
    const std::scoped_lock lock(mutex_);
    return endedAt_;
}

json::object Passage::progress() const {
    const std::scoped_lock lock(mutex_);
    const char* state = state_ == State::Done      ? "done"
                        : state_ == State::Failed  ? "failed"
                        : state_ == State::Waiting ? "waiting"
                                                   : "running";
    return {{"state", state},
            {"atBytes", static_cast<std::int64_t>(at_)},
            {"sizeBytes", static_cast<std::int64_t>(size_)},
            {"error", state_ == State::Failed ? error_ : std::string()},
            {"code", code_},
            {"sha256", sha256_}};
}

void Passage::tell(const json::object& message) {
    if (control_) control_->write(Side::Device, json::serialize(message), false);
}

void Passage::finish() {
    state_ = State::Done;
    endedAt_ = Clock::now();
    exchange_.reset();
    if (control_) later([control = std::move(control_)] { control->close("done"); });
    control_.reset();
}

void Passage::fail(ErrorCode code, const std::string& text, const std::string& field) {
    if (state_ == State::Done || state_ == State::Failed) return;
    state_ = State::Failed;
    endedAt_ = Clock::now();
    error_ = text;
    code_ = field.empty() ? std::string(codeName(code)) : field.substr(1);
    ++attempt_;
    if (control_) later([control = std::move(control_)] { control->close("ended"); });
    control_.reset();
    if (exchange_) {
        later([exchange = std::move(exchange_), why = Error(code, text, field)] { exchange->fail(why); });
        exchange_.reset();
    } else {
        onFailed();
    }
}

}  // namespace files
