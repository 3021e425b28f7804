#include "agent/link/ws_client.hpp"

#include <trellis/wire/text.hpp>

#include <openssl/rand.h>

#include <array>

namespace trellis::device {
namespace {
/// What a stalled peer must not make us hold: pongs are dropped above it.
constexpr std::size_t kPongLimit = 256 * 1024;
constexpr Milliseconds kCloseGrace{2'000};

std::uint32_t randomMask() {
    std::array<unsigned char, 4> bytes{};
    // RFC 6455 section 10.3: unpredictable; if the source fails, the process can't do TLS either.
    if (RAND_bytes(bytes.data(), bytes.size()) != 1) return 0;
    return bytes[0] | (std::uint32_t{bytes[1]} << 8U) | (std::uint32_t{bytes[2]} << 16U) |
           (std::uint32_t{bytes[3]} << 24U);
}

std::string randomKey() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), bytes.size());
    return wire::encodeBase64(std::as_bytes(std::span(bytes)));
}

bool hasToken(std::string_view list, std::string_view lowerToken) {
    std::string lower(list);
    for (auto& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return lower.find(lowerToken) != std::string::npos;
}
}  // namespace

WsClient::WsClient(Loop& loop, TlsContext& tls, Handler& handler, WsOptions options)
    : loop_(loop), handler_(handler), options_(std::move(options)), connection_(loop, tls, *this),
      reader_(options_.maxMessage), deadline_(loop) {}

WsClient::~WsClient() { *alive_ = false; }

void WsClient::open() {
    stage_ = Stage::Connecting;
    deadline_.start(options_.timeout, [this] {
        connection_.close();
        finish("no answer in time");
    });
    ConnectionTarget target;
    target.host = options_.url.host;
    target.port = options_.url.port;
    target.isSecure = options_.url.isSecure();
    target.trust = options_.trust;
    target.proxy = options_.proxy;
    target.timeout = options_.timeout;
    connection_.open(std::move(target));
}

void WsClient::onConnected() {
    stage_ = Stage::Upgrading;
    key_ = randomKey();
    // Headers and their order as MeshAgent sends them (protocol 1.4).
    auto request = "GET " + options_.url.path + " HTTP/1.1\r\nHost: " + options_.url.hostHeader() +
                   "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key_ +
                   "\r\nSec-WebSocket-Version: 13\r\n";
    for (const auto& [name, value] : options_.headers) request += name + ": " + value + "\r\n";
    connection_.send(request + "\r\n");
}

void WsClient::onData(std::string_view bytes) {
    lastReceived_ = Clock::now();
    if (stage_ == Stage::Upgrading) {
        head_.append(bytes);
        return readUpgrade();
    }
    reader_.append(bytes);
    pump();
}

void WsClient::readUpgrade() {
    const auto end = findHeadEnd(head_);
    const auto fail = [this](const std::string& reason) {
        connection_.close();
        finish(reason);
    };
    if (end == 0 && head_.size() <= kMaxResponseHead) return;
    const auto head = end != 0 && end <= kMaxResponseHead
                          ? parseResponseHead(std::string_view(head_).substr(0, end))
                          : std::nullopt;
    if (!head) return fail("the answer is not HTTP");
    if (head->status != 101) return fail("HTTP " + std::to_string(head->status) + ' ' + head->reason);
    if (head->header("sec-websocket-accept") != websocketAccept(key_) ||
        !hasToken(head->header("upgrade"), "websocket") ||
        !head->header("sec-websocket-extensions").empty() ||
        !head->header("sec-websocket-protocol").empty()) {
        return fail("the answer does not accept the WebSocket");
    }
    stage_ = Stage::Open;
    deadline_.stop();
    reader_.append(std::string_view(head_).substr(end));
    head_ = {};
    const auto alive = alive_;
    handler_.onOpen(*head);
    if (*alive) pump();
}

void WsClient::pump() {
    const auto alive = alive_;
    while ((stage_ == Stage::Open && !isPaused_) || stage_ == Stage::Closing) {
        const auto event = reader_.next();
        if (!event) break;
        onEvent(*event);
        if (!*alive) return;
    }
    if (reader_.error() != 0 && stage_ == Stage::Open) refuse(reader_.error());
}

void WsClient::onEvent(const WsEvent& event) {
    switch (event.opcode) {
    case Opcode::Text:
    case Opcode::Binary:
        if (stage_ == Stage::Open) handler_.onMessage(event.opcode == Opcode::Text, event.payload);
        return;
    case Opcode::Ping:
        if (queued() < kPongLimit) sendFrame(Opcode::Pong, event.payload);
        return;
    case Opcode::Pong: return handler_.onPong();
    case Opcode::Close: return onCloseFrame(event.payload);
    default: return;
    }
}

void WsClient::onCloseFrame(std::string_view payload) {
    if (stage_ == Stage::Closing) {
        connection_.close();
        return finish("closed");
    }
    std::string reason = "closed by the server";
    if (payload.size() >= 2) {
        const auto high = static_cast<unsigned char>(payload[0]);
        const auto low = static_cast<unsigned char>(payload[1]);
        reason += " (" + std::to_string(high * 256 + low) + ')';
    }
    sendFrame(Opcode::Close, payload.substr(0, 2));
    stage_ = Stage::Closed;
    deadline_.stop();
    connection_.closeAfterSending(kCloseGrace);
    handler_.onClosed(reason);
}

void WsClient::refuse(std::uint16_t code) {
    const std::array<char, 2> bytes{static_cast<char>(code >> 8U), static_cast<char>(code & 0xFFU)};
    sendFrame(Opcode::Close, {bytes.data(), bytes.size()});
    stage_ = Stage::Closed;
    deadline_.stop();
    connection_.closeAfterSending(kCloseGrace);
    handler_.onClosed("the server broke the WebSocket protocol (" + std::to_string(code) + ')');
}

void WsClient::sendFrame(Opcode opcode, std::string_view payload) {
    if (stage_ != Stage::Open && stage_ != Stage::Closing) return;
    lastSent_ = Clock::now();
    connection_.sendWith([&](std::string& queue) { appendFrame(queue, opcode, payload, randomMask()); });
}

void WsClient::send(bool isText, std::string_view message) {
    if (stage_ == Stage::Open) sendFrame(isText ? Opcode::Text : Opcode::Binary, message);
}

void WsClient::ping() {
    if (stage_ == Stage::Open) sendFrame(Opcode::Ping, {});
}

void WsClient::pause(bool isPaused) {
    if (isPaused_ == isPaused) return;
    isPaused_ = isPaused;
    connection_.pause(isPaused);
    if (isPaused) return;
    loop_.post([this, alive = alive_] {
        if (*alive) pump();
    });
}

void WsClient::onDrained() {
    if (stage_ == Stage::Open) handler_.onDrained();
}

void WsClient::close(Milliseconds longest) {
    if (stage_ == Stage::Closed || stage_ == Stage::Closing) return;
    if (stage_ != Stage::Open) {
        connection_.close();
        loop_.post([this, alive = alive_] {
            if (*alive) finish("closed");
        });
        return;
    }
    const std::array<char, 2> normal{static_cast<char>(close_code::kNormal >> 8U),
                                     static_cast<char>(close_code::kNormal & 0xFFU)};
    sendFrame(Opcode::Close, {normal.data(), normal.size()});
    stage_ = Stage::Closing;
    isPaused_ = false;
    connection_.pause(false);
    deadline_.start(longest, [this] {
        connection_.close();
        finish("closed");
    });
}

void WsClient::abort() noexcept {
    stage_ = Stage::Closed;
    deadline_.stop();
    connection_.close();
}

void WsClient::finish(const std::string& reason) {
    if (stage_ == Stage::Closed) return;
    stage_ = Stage::Closed;
    deadline_.stop();
    handler_.onClosed(reason);
}

}  // namespace trellis::device
