#include "download.hpp"

#include <algorithm>

#include <trellis/wire/percent.hpp>

#include "members.hpp"

namespace files {

using namespace trellis::sdk;

namespace {

/// What the device may have under way: 50 ms at 600 MB/s.
constexpr std::int64_t kWindow = 32 * 1024 * 1024;
constexpr std::uint64_t kAckEvery = 1024 * 1024;
constexpr std::size_t kHold = 1024 * 1024, kGoOn = 256 * 1024;
constexpr std::size_t kBlockHead = 4;

}  // namespace

Download::Download(Host& host, Order order, std::shared_ptr<HttpExchange> exchange, std::uint64_t from,
                   std::string validator)
    : Passage(host, std::move(order), std::move(exchange)), from_(from), validator_(std::move(validator)),
      received_(from), acked_(from) {}

std::string Download::etag() const { return '"' + std::to_string(size_) + '-' + mtime_ + '"'; }

void Download::greet() {
    json::object message{{"action", "download"}, {"sub", "start"}, {"id", ++id_},
                         {"path", order().path}, {"window", kWindow}, {"tail", true}};
    if (received_ > 0) message["offset"] = received_;
    if (isAnswered_) {
        message["size"] = size_;
        message["mtime"] = mtime_;
    }
    isContinued_ = isAnswered_;
    tail_.restart();
    acked_ = received_;
    isHeld_ = false;
    tell(message);
}

void Download::take(const json::object& message) {
    if (textOf(message, "action") != "download" || bytesOf(message, "id") != static_cast<std::uint64_t>(id_)) return;
    const auto sub = textOf(message, "sub");
    if (sub == "start") {
        started(message);
    } else if (sub == "done") {
        done(message);
    } else if (sub == "cancel") {
        const auto code = textOf(message, "code");
        const auto why = textOf(message, "error");
        const auto size = bytesOf(message, "size");
        if (code == "changed" && !isAnswered_ && from_ > size && message.contains("size")) {
            return validator_.empty() ? refuseRange(size) : restart();
        }
        fail(code == "changed" ? ErrorCode::Conflict : ErrorCode::NotFound,
             why.empty() ? "the device has ended it" : why, code.empty() ? "" : "/" + code);
    }
}

void Download::started(const json::object& message) {
    const auto size = bytesOf(message, "size");
    const auto mtime = textOf(message, "mtime");
    if (isAnswered_ && (size != size_ || mtime != mtime_)) {
        return fail(ErrorCode::Conflict, "the file is not what it was", "/changed");
    }
    state_ = Passage::State::Running;
    error_.clear();
    if (isAnswered_) return;
    size_ = size;
    mtime_ = mtime;
    if (from_ > 0 && !validator_.empty() && (from_ >= size_ || validator_ != etag())) return restart();
    if (from_ > 0 && from_ >= size_) return refuseRange(size_);
    answer();
}

/// RFC 9110, section 13.1.5: the file is another one, then it is the whole file.
void Download::restart() {
    from_ = received_ = acked_ = 0;
    greet();
}

/// RFC 9110, section 15.5.17.
void Download::refuseRange(std::uint64_t size) {
    HttpResponse response;
    response.status = 416;
    response.headers = {{"Content-Range", "bytes */" + std::to_string(size)}, {"Cache-Control", "no-store"}};
    later([exchange = std::move(exchange_), response = std::move(response)]() mutable {
        exchange->answer(std::move(response));
    });
    exchange_.reset();
    fail(ErrorCode::Conflict, "the file is shorter", "/range");
}

void Download::answer() {
    isAnswered_ = true;
    at_ = from_;
    // RFC 8187, section 3.2: whatever a file may be called.
    const auto name = trellis::wire::percentEncode(splitPath(order().path).second);
    HttpResponse response;
    response.status = from_ > 0 ? 206 : 200;
    response.headers = {{"Content-Type", "application/octet-stream"},
                        {"Content-Disposition", "attachment; filename*=UTF-8''" + name},
                        {"ETag", etag()},
                        {"Accept-Ranges", "bytes"},
                        {"Cache-Control", "no-store"}};
    if (from_ > 0) {
        response.headers.emplace_back("Content-Range", "bytes " + std::to_string(from_) + "-" +
                                                           std::to_string(size_ - 1) + "/" + std::to_string(size_));
    }
    response.length = size_ - from_;
    response.producer = std::static_pointer_cast<Download>(shared_from_this());
    later([exchange = std::move(exchange_), response = std::move(response)]() mutable {
        exchange->answer(std::move(response));
    });
    exchange_.reset();
}

void Download::takeBlock(std::span<const std::byte> frame) {
    if (!isAnswered_ || frame.size() < kBlockHead) return;
    const auto bytes = frame.subspan(kBlockHead);
    if (received_ + bytes.size() > size_) return fail(ErrorCode::Internal, "more data than announced");
    if (bytes.empty()) return;
    if (from_ == 0) whole_.add(bytes);
    if (from_ > 0 || isContinued_) tail_.add(bytes);
    received_ += bytes.size();
    queue_.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    queued_ += bytes.size();
    if (queued_ > kHold && !isHeld_ && control_) {
        isHeld_ = true;
        control_->pause(Side::Device);
    }
    wakeLater();
}

void Download::done(const json::object& message) {
    sha256_ = textOf(message, "sha256");
    const bool isRight = (from_ > 0 || sha256_ == whole_.text()) &&
                         ((from_ == 0 && !isContinued_) || textOf(message, "tail") == tail_.text());
    if (received_ != size_ || !isRight) {
        return fail(ErrorCode::Internal, "the bytes that arrived are not those that were sent", "/hash");
    }
    isWhole_ = true;
    wakeLater();
}

void Download::wakeLater() {
    if (wake_) later(wake_);
}

void Download::onFailed() { wakeLater(); }

void Download::start(std::function<void()> wake) {
    locked([&] { wake_ = std::move(wake); });
}

BodyProducer::State Download::produce(std::string& out, std::size_t atMost) {
    auto result = BodyProducer::State::Wait;
    locked([&] {
        if (state_ == Passage::State::Failed) {
            result = BodyProducer::State::Failed;
            return;
        }
        std::size_t count = 0;
        if (!queue_.empty() && frontAt_ == 0 && out.empty() && queue_.front().size() <= atMost) {
            out = std::move(queue_.front());
            queue_.pop_front();
            count = out.size();
        } else {
            count = copyInto(out, atMost);
        }
        queued_ -= count;
        at_ += count;
        if (count > 0) moved();
        if (at_ >= acked_ + kAckEvery) {
            acked_ = at_;
            tell({{"action", "download"}, {"sub", "ack"}, {"id", id_}, {"at", acked_}});
        }
        if (isHeld_ && queued_ < kGoOn && control_) {
            isHeld_ = false;
            control_->resume(Side::Device);
        }
        if (!queue_.empty()) {
            result = BodyProducer::State::Data;
        } else if (isWhole_) {
            result = BodyProducer::State::End;
        }
    });
    return result;
}

std::size_t Download::copyInto(std::string& out, std::size_t atMost) {
    std::size_t count = 0;
    while (!queue_.empty() && count < atMost) {
        const auto& front = queue_.front();
        const auto size = std::min(front.size() - frontAt_, atMost - count);
        out.append(front, frontAt_, size);
        count += size;
        frontAt_ += size;
        if (frontAt_ < front.size()) break;
        queue_.pop_front();
        frontAt_ = 0;
    }
    return count;
}

void Download::onEnd(bool isSent) {
    locked([&] {
        wake_ = nullptr;
        if (isSent) {
            finish();
        } else {
            fail(ErrorCode::Unavailable, "the browser has ended the download", "/gone");
        }
    });
}

}  // namespace files
