#include "upload.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "members.hpp"

namespace files {

using namespace trellis::sdk;

namespace {

constexpr int kNumber = 1;  // of the only request of this tunnel

/// A part that is broken or was taken over can be sent once more; what the device said no to can't.
bool canBeSentAgain(const std::string& code) { return code == "hash" || code == "replaced"; }

}  // namespace

Upload::Upload(Host& host, Order order, std::shared_ptr<HttpExchange> exchange, std::uint64_t offset,
               std::uint64_t size, std::string exists, std::string part)
    : Passage(host, std::move(order), std::move(exchange)), offset_(offset), exists_(std::move(exists)),
      part_(std::move(part)), sent_(offset) {
    size_ = size;
    at_ = offset;
}

void Upload::greet() {
    const auto [folder, name] = splitPath(order().path);
    tell({{"action", "upload"}, {"reqid", kNumber}, {"path", folder}, {"name", name}, {"size", size_},
          {"key", part_}, {"resume", offset_ > 0}, {"exists", exists_}, {"tail", true}});
}

void Upload::take(const json::object& message) {
    const auto action = textOf(message, "action");
    if (action == "uploadstart") {
        const auto at = bytesOf(message, "at");
        if (at != offset_) {
            return fail(ErrorCode::Conflict, "the device has the first " + std::to_string(at) + " bytes", "/offset");
        }
        state_ = State::Running;
        readOn();
    } else if (action == "uploadack") {
        at_ = std::max(at_, bytesOf(message, "at"));
    } else if (action == "uploaddone") {
        placed(message);
    } else if (action == "uploaderror" || action == "uploadcancel") {
        const auto code = textOf(message, "code");
        const auto why = textOf(message, "error");
        fail(canBeSentAgain(code) ? ErrorCode::Unavailable : ErrorCode::Conflict,
             why.empty() ? "refused by the device" : why, "/" + (code.empty() ? "refused" : code));
    }
}

void Upload::onStop() { tell({{"action", "uploadcancel"}, {"reqid", kNumber}}); }

void Upload::placed(const json::object& message) {
    sha256_ = textOf(message, "sha256");
    at_ = size_;
    HttpResponse response;
    response.status = 201;
    response.headers = {{"Content-Type", "application/json"}};
    response.body = json::serialize(json::object{
        {"path", textOf(message, "path")}, {"sizeBytes", size_}, {"sha256", sha256_}});
    later([exchange = exchange_, response = std::move(response)]() mutable {
        exchange->answer(std::move(response));
    });
    finish();
}

void Upload::readOn() {
    if (isReading_ || isSent_ || !exchange_) return;
    auto* body = exchange_->body();
    if (body == nullptr) return piece({}, BodyReader::End::Done);
    isReading_ = true;
    later([exchange = exchange_, self = std::static_pointer_cast<Upload>(shared_from_this())] {
        exchange->body()->read([self](std::string bytes, BodyReader::End end) {
            self->locked([&] {
                self->isReading_ = false;
                self->piece(std::move(bytes), end);
            });
        });
    });
}

void Upload::piece(std::string bytes, BodyReader::End end) {
    if (!control_ || !exchange_) return;
    moved();
    if (end == BodyReader::End::Failed) return fail(ErrorCode::Unavailable, "the sender has gone", "/gone");
    bool hasRoom = true;
    if (!bytes.empty()) {
        hash_.add(std::as_bytes(std::span(bytes)));
        sent_ += bytes.size();
        // What could be taken for something else gets a zero in front, which the device takes off
        // (agent-protocol specification, 7.3).
        if (bytes.front() == '\0' || bytes.front() == '{') bytes.insert(bytes.begin(), '\0');
        hasRoom = control_->write(Side::Device, std::move(bytes), false);
    }
    if (end == BodyReader::End::Done) {
        isSent_ = true;
        if (sent_ != size_) return fail(ErrorCode::InvalidArgument, "the body is not as long as announced");
        tell({{"action", "uploaddone"}, {"reqid", kNumber}, {"tail", hash_.text()}});
    } else if (hasRoom) {
        readOn();
    }
}

}  // namespace files
