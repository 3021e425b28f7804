#include <array>
#include <atomic>
#include <openssl/rand.h>

#include "tests/support/client.hpp"

namespace trellis::test {

namespace {

constexpr const char* kKey = "dGhlIHNhbXBsZSBub25jZQ=="; // RFC 6455 section 1.3
constexpr const char* kAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

HttpCall upgradeCall(const std::string& target, Fields headers) {
    HttpCall call;
    call.target = target;
    call.headers = std::move(headers);
    call.headers.insert(call.headers.end(), {{"Upgrade", "websocket"},
                                             {"Connection", "Upgrade"},
                                             {"Sec-WebSocket-Key", kKey},
                                             {"Sec-WebSocket-Version", "13"}});
    return call;
}

} // namespace

std::uint16_t WsMessage::closeCode() const {
    if (payload.size() < 2)
        return 1005;
    return static_cast<std::uint16_t>(static_cast<unsigned char>(payload[0]) << 8 |
                                      static_cast<unsigned char>(payload[1]));
}

WsClient::WsClient(const ClientOptions& options, std::string target, Fields headers)
    : stream_(options) {
    handshake_ = request(stream_, upgradeCall(target, std::move(headers)));
    if (handshake_.status != 101)
        throw ClientError("upgrade refused: " + std::to_string(handshake_.status) + " " +
                          handshake_.body);
    if (handshake_.header("Sec-WebSocket-Accept") != kAccept)
        throw ClientError("wrong Sec-WebSocket-Accept");
}

HttpReply tryUpgrade(const ClientOptions& options, const std::string& target, Fields headers) {
    Stream stream(options);
    return request(stream, upgradeCall(target, std::move(headers)));
}

void WsClient::sendFrame(int opcode, std::string_view payload, bool fin, bool masked, int rsv) {
    std::string frame;
    const auto put = [&](std::uint64_t value) { frame += static_cast<char>(value & 0xff); };
    put(static_cast<unsigned>(opcode) | (fin ? 0x80u : 0u) | static_cast<unsigned>(rsv) << 4);
    const unsigned maskBit = masked ? 0x80 : 0;
    if (payload.size() < 126) {
        put(payload.size() | maskBit);
    } else {
        const int width = payload.size() < 65536 ? 2 : 8;
        put((width == 2 ? 126u : 127u) | maskBit);
        for (int i = width - 1; i >= 0; --i)
            put(payload.size() >> (8 * i));
    }
    if (!masked) {
        frame += payload;
        return stream_.write(frame);
    }
    std::array<unsigned char, 4> key{};
    RAND_bytes(key.data(), static_cast<int>(key.size()));
    frame.append(reinterpret_cast<const char*>(key.data()), key.size());
    const auto start = frame.size();
    frame += payload;
    for (std::size_t i = 0; i < payload.size(); ++i)
        frame[start + i] = static_cast<char>(frame[start + i] ^ static_cast<char>(key[i % 4]));
    stream_.write(frame);
}

void WsClient::sendClose(std::uint16_t code, std::string_view reason) {
    std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
    payload += reason;
    sendFrame(8, payload);
}

WsMessage WsClient::receiveFrame() {
    const auto head = stream_.readExactly(2);
    const auto first = static_cast<unsigned char>(head[0]);
    const auto second = static_cast<unsigned char>(head[1]);
    if (second & 0x80)
        throw ClientError("the server masked a frame");
    WsMessage message;
    message.opcode = first & 0x0f;
    message.fin = (first & 0x80) != 0;
    message.rsv1 = (first & 0x40) != 0;
    std::uint64_t length = second;
    if (length >= 126) {
        const auto bytes = stream_.readExactly(length == 126 ? 2 : 8);
        length = 0;
        for (const char c : bytes)
            length = length << 8 | static_cast<unsigned char>(c);
    }
    message.payload = stream_.readExactly(length);
    return message;
}

WsMessage WsClient::receive() {
    WsMessage whole;
    for (bool isFirst = true;;) {
        auto frame = receiveFrame();
        if (frame.opcode == 9)
            sendFrame(10, frame.payload);
        if (frame.opcode == 9 || frame.opcode == 10)
            continue;
        if (frame.opcode == 8)
            return frame;
        if (isFirst)
            whole.opcode = frame.opcode;
        isFirst = false;
        whole.payload += frame.payload;
        if (frame.fin)
            return whole;
    }
}

std::string WsClient::receiveText() {
    auto message = receive();
    if (message.opcode != 1)
        throw ClientError("expected text, got opcode " + std::to_string(message.opcode));
    return std::move(message.payload);
}

std::string WsClient::receiveBinary() {
    auto message = receive();
    if (message.opcode != 2)
        throw ClientError("expected binary, got opcode " + std::to_string(message.opcode));
    return std::move(message.payload);
}

std::uint16_t WsClient::waitForClose() {
    try {
        for (;;) {
            const auto message = receiveFrame();
            if (message.opcode != 8)
                continue;
            closeReason_ = message.payload.size() > 2 ? message.payload.substr(2) : "";
            return message.closeCode();
        }
    } catch (const ClientError& e) {
        if (std::string_view(e.what()) == "timed out")
            throw;
        return 1006;
    }
}

} // namespace trellis::test
