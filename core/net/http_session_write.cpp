// Answers: head, and bodies in one piece, from a file, or produced over time.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <unistd.h>

#include "core/net/ascii.hpp"
#include "core/net/http_session.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::net {

namespace {

constexpr std::size_t kPiece = 32 * 1024;
constexpr std::size_t kProduced = 256 * 1024;
constexpr std::size_t kShareAbove = 16 * 1024;

// RFC 9110 section 5.6.7; made once per second and thread.
const std::string& dateText() {
    static thread_local std::time_t madeFor = 0;
    static thread_local std::string text;
    const auto now = std::time(nullptr);
    if (now != madeFor) {
        std::array<char, 40> buffer{};
        std::tm utc{};
        gmtime_r(&now, &utc);
        const auto size =
            std::strftime(buffer.data(), buffer.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
        text.assign(buffer.data(), size);
        madeFor = now;
    }
    return text;
}

bool isMadeByServer(std::string_view name) {
    return equalsIgnoringCase(name, "Content-Length") ||
           equalsIgnoringCase(name, "Transfer-Encoding") ||
           equalsIgnoringCase(name, "Connection") || equalsIgnoringCase(name, "Date");
}

bool isSafeField(std::string_view name, std::string_view value) {
    return isToken(name) && std::none_of(value.begin(), value.end(), [](char c) {
               return static_cast<unsigned char>(c) < 0x20 && c != '\t';
           });
}

void appendField(std::string& text, std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
}

bool mayHaveBody(int status) {
    return status >= 200 && status != 204 && status != 304;
}

std::string chunkHeader(std::size_t size) {
    std::array<char, 20> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%zx\r\n", size);
    return buffer.data();
}

} // namespace

void HttpSession::appendFields(std::string& text, const HttpResponse& response) const {
    for (const auto& [name, value] : response.headers) {
        if (value.empty() || isMadeByServer(name))
            continue;
        if (isSafeField(name, value))
            appendField(text, name, value);
        else
            telemetry::log("net").error("a response field with forbidden characters was left out",
                                        {{"name", name}});
    }
    for (const auto& [name, value] : server_->options.defaultHeaders) {
        if (response.headers.has(name))
            continue;
        // RFC 6797 section 7.2: not over plain HTTP.
        if (!request_.isSecure && !connection_->info().isTls && name == "Strict-Transport-Security")
            continue;
        appendField(text, name, value);
    }
    if (!server_->options.serverHeader.empty())
        appendField(text, "Server", server_->options.serverHeader);
}

std::string HttpSession::headText(const HttpResponse& response, std::optional<std::uint64_t> length,
                                  bool isChunked) const {
    std::string text;
    text.reserve(1024);
    text.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
    text.append(reasonPhrase(response.status)).append("\r\n");
    appendField(text, "Date", dateText());
    appendFields(text, response);
    if (length && mayHaveBody(response.status))
        appendField(text, "Content-Length", std::to_string(*length));
    if (isChunked)
        appendField(text, "Transfer-Encoding", "chunked");
    if (!keepAlive_)
        appendField(text, "Connection", "close");
    else if (isHttp10_)
        appendField(text, "Connection", "keep-alive");
    return text.append("\r\n");
}

void HttpSession::respond(std::uint64_t serial, HttpResponse response) {
    if (serial != serial_ || step_ != Step::Waiting || !connection_->isOpen())
        return;
    // Of a body that nobody reads the rest would have to be read: the connection ends instead.
    // Unless it may still be read while the answer is produced.
    const bool readsOn = isStreamed_ && std::holds_alternative<ProducedBody>(response.body);
    if (response.closeConnection || (hasBody_ && !readsOn))
        keepAlive_ = false;
    const bool hasBody = mayHaveBody(response.status) && !isHead_;
    if (auto* text = std::get_if<std::string>(&response.body)) {
        auto head = headText(response, text->size(), false);
        if (hasBody)
            head += *text;
        connection_->write(head);
        return finishResponse();
    }
    if (auto* text = std::get_if<std::shared_ptr<const std::string>>(&response.body)) {
        const auto size = *text ? (*text)->size() : 0;
        auto head = headText(response, size, false);
        if (hasBody && size > 0 && size <= kShareAbove)
            head += **text;
        connection_->write(head);
        if (hasBody && size > kShareAbove)
            connection_->writeShared(*text);
        return finishResponse();
    }
    startSending(response);
}

void HttpSession::startSending(HttpResponse& response) {
    const bool hasBody = mayHaveBody(response.status) && !isHead_;
    std::optional<std::uint64_t> length;
    isChunkedAnswer_ = false;
    if (auto* file = std::get_if<FileBody>(&response.body)) {
        length = file->length;
        if (hasBody)
            file_ = std::move(*file);
    } else {
        auto& produced = std::get<ProducedBody>(response.body);
        length = produced.length;
        if (!length && isHttp10_)
            keepAlive_ = false; // the end of the connection ends the body
        isChunkedAnswer_ = !length && !isHttp10_ && mayHaveBody(response.status);
        producedLeft_ = length.value_or(0);
        if (hasBody)
            produced_ = std::move(produced);
    }
    connection_->write(headText(response, length, isChunkedAnswer_));
    if (!hasBody)
        return finishResponse();
    step_ = Step::Sending;
    armTimer(server_->options.writeStallTimeout);
    if (produced_) {
        const auto producer = produced_->producer;
        isPumping_ = true; // a wake from inside start() waits for its end
        producer->start([link = link()] {
            link.run([serial = link.serial](HttpSession& session) { session.wake(serial); });
        });
        isPumping_ = false;
    }
    pump();
}

void HttpSession::wake(std::uint64_t serial) {
    if (serial != serial_ || step_ != Step::Sending)
        return;
    wasWoken_ = true;
    if (!isPumping_)
        pump();
}

void HttpSession::onWritable(Connection& connection) {
    if (step_ == Step::Sending)
        return pump();
    if (!waitsForDrain_)
        return;
    waitsForDrain_ = false;
    connection.resumeReading();
}

// Fills the write queue up to the high mark.
void HttpSession::pump() {
    if (isPumping_)
        return;
    isPumping_ = true;
    bool mayGoOn = true;
    while (mayGoOn && step_ == Step::Sending && connection_->isOpen() &&
           !connection_->isAboveHighWater()) {
        wasWoken_ = false;
        mayGoOn = (file_ ? pumpFile() : pumpProducer()) || wasWoken_;
    }
    isPumping_ = false;
}

// False when there is nothing more to do now.
bool HttpSession::pumpFile() {
    auto& file = *file_;
    if (file.length == 0) {
        file_.reset();
        finishResponse();
        return false;
    }
    std::array<std::byte, kPiece> piece;
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(piece.size(), file.length));
    const auto got = ::pread(*file.fd, piece.data(), want, static_cast<off_t>(file.offset));
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0) { // shrunk or unreadable: the client must see that it is incomplete
        connection_->abort("a file being sent became shorter");
        return false;
    }
    connection_->write(Bytes(piece.data(), static_cast<std::size_t>(got)));
    file.offset += static_cast<std::uint64_t>(got);
    file.length -= static_cast<std::uint64_t>(got);
    return true;
}

bool HttpSession::pumpProducer() {
    const auto producer = produced_->producer;
    std::string piece;
    auto state = BodyProducer::State::Failed;
    try {
        state = producer->produce(piece, kProduced);
    } catch (const std::exception& e) {
        telemetry::log("net").error("a response body failed", {{"reason", e.what()}});
    }
    if (produced_->length && piece.size() > producedLeft_)
        state = BodyProducer::State::Failed;
    if (state == BodyProducer::State::Failed) {
        connection_->abort("a response body failed");
        return false;
    }
    if (!piece.empty()) {
        producedLeft_ -= produced_->length ? piece.size() : 0;
        if (isChunkedAnswer_)
            connection_->write(chunkHeader(piece.size()) + piece + "\r\n");
        else if (piece.size() > kShareAbove)
            connection_->writeShared(std::make_shared<const std::string>(std::move(piece)));
        else
            connection_->write(piece);
    }
    if (state != BodyProducer::State::End)
        return state == BodyProducer::State::Data;
    if (produced_->length && producedLeft_ != 0) {
        connection_->abort("a response body is shorter than announced");
        return false;
    }
    if (isChunkedAnswer_)
        connection_->write("0\r\n\r\n");
    produced_.reset();
    finishResponse();
    return false;
}

void HttpSession::finishResponse() {
    timer_.cancel();
    entry_.reset();
    request_ = HttpRequest();
    if (!keepAlive_ || hasBody_) {
        step_ = Step::Over;
        connection_->closeAfterFlush("answered");
        return;
    }
    step_ = Step::Head;
    armTimer(server_->options.keepAliveTimeout);
    // Who doesn't read the answers gets no further ones.
    waitsForDrain_ = connection_->isAboveHighWater();
    if (waitsForDrain_)
        connection_->pauseReading();
    else
        connection_->resumeReading();
}

} // namespace trellis::net
