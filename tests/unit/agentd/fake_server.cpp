#include "fake_server.hpp"

#include "agent/link/http_head.hpp"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace agentd_test {
namespace {
void check(bool isGood, const char* what) {
    if (!isGood) throw std::runtime_error(std::string("fake server: ") + what);
}
void limitWaits(int socket, int seconds) {
    const timeval limit{seconds, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}
}  // namespace

FakeServer::FakeServer() {
    const auto& identity = webIdentity();
    const auto certificate = wire::parseCertificate(identity.certificate);
    hash_ = wire::fullHash(certificate.get());
    context_ = SSL_CTX_new(TLS_server_method());
    check(SSL_CTX_use_certificate(context_, certificate.get()) == 1, "certificate");
    check(SSL_CTX_use_PrivateKey(context_, identity.key.get()) == 1, "key");
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    check(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0, "bind");
    check(::listen(listener_, 8) == 0, "listen");
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    limitWaits(listener_, 40);
}

FakeServer::~FakeServer() {
    close();
    ::close(listener_);
    SSL_CTX_free(context_);
}

void FakeServer::close() {
    if (ssl_ != nullptr) SSL_free(ssl_);
    ssl_ = nullptr;
    if (socket_ >= 0) ::close(socket_);
    socket_ = -1;
}

std::string FakeServer::acceptRequest() {
    close();
    socket_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    check(socket_ >= 0, "nobody connects");
    limitWaits(socket_, 40);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, socket_);
    check(SSL_accept(ssl_) == 1, "TLS");
    return readHead();
}

std::string FakeServer::accept() {
    const auto head = acceptRequest();
    const std::string name = "Sec-WebSocket-Key: ";
    const auto at = head.find(name);
    if (at == std::string::npos) return head;
    const auto key = head.substr(at + name.size(), head.find('\r', at) - at - name.size());
    answer("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
           "Sec-WebSocket-Accept: " + trellis::device::websocketAccept(key) + "\r\n\r\n");
    return head;
}

std::string FakeServer::readHead() {
    std::string head;
    while (!head.ends_with("\r\n\r\n")) {
        char byte = 0;
        readExactly(&byte, 1);
        head += byte;
    }
    return head;
}

void FakeServer::answer(const std::string& bytes) {
    check(SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) ==
              static_cast<int>(bytes.size()),
          "the agent takes nothing");
}

void FakeServer::readExactly(char* into, std::size_t size) {
    while (size > 0) {
        const int count = SSL_read(ssl_, into, static_cast<int>(size));
        check(count > 0, "the agent is gone or silent");
        into += count;
        size -= static_cast<std::size_t>(count);
    }
}

void FakeServer::send(int opcode, const std::string& payload) {
    std::string frame(1, static_cast<char>(0x80 | opcode));
    const auto appendSize = [&](int bytes) {
        for (int i = bytes - 1; i >= 0; --i) frame += static_cast<char>(payload.size() >> (8 * i));
    };
    if (payload.size() < 126) {
        appendSize(1);
    } else if (payload.size() < 65536) {
        frame += static_cast<char>(126);
        appendSize(2);
    } else {
        frame += static_cast<char>(127);
        appendSize(8);
    }
    answer(frame + payload);
}

Frame FakeServer::receive() {
    std::array<char, 14> head{};
    readExactly(head.data(), 2);
    check((head[0] & 0x80) != 0 && (head[1] & 0x80) != 0, "frame not final or not masked");
    std::uint64_t size = head[1] & 0x7F;
    const std::size_t extra = size == 127 ? 8 : size == 126 ? 2 : 0;
    readExactly(head.data() + 2, extra + 4);
    if (extra > 0) size = 0;
    for (std::size_t i = 0; i < extra; ++i) {
        size = (size << 8U) | static_cast<unsigned char>(head[2 + i]);
    }
    Frame frame;
    frame.opcode = head[0] & 0x0F;
    frame.payload.resize(size);
    readExactly(frame.payload.data(), frame.payload.size());
    for (std::size_t i = 0; i < frame.payload.size(); ++i) {
        frame.payload[i] = static_cast<char>(frame.payload[i] ^ head[2 + extra + i % 4]);
    }
    return frame;
}

wire::Bytes FakeServer::receiveCommand() {
    for (;;) {
        const auto frame = receive();
        if (frame.opcode != 2) continue;
        const auto bytes = wire::bytesOf(frame.payload);
        return {bytes.begin(), bytes.end()};
    }
}

wire::Bytes FakeServer::receiveUntil(wire::Command command) {
    for (;;) {
        auto message = receiveCommand();
        if (wire::commandOf(message) == static_cast<std::uint16_t>(command)) return message;
    }
}

bool FakeServer::neverReceives(wire::Command command) {
    for (;;) {
        pollfd wait{socket_, POLLIN, 0};
        if (SSL_pending(ssl_) == 0 && ::poll(&wait, 1, 300) == 0) return true;
        try {
            const auto frame = receive();
            if (wire::commandOf(wire::bytesOf(frame.payload)) == static_cast<std::uint16_t>(command)) {
                return false;
            }
        } catch (const std::runtime_error&) {
            return true;
        }
    }
}

wire::AuthInfo FakeServer::authenticate(const trellis::device::Identity& who) {
    const auto request = wire::parseAuthRequest(receiveUntil(wire::Command::AuthRequest));
    check(bool(request), "AuthRequest");
    const auto nonce = wire::randomNonce();
    send(wire::buildAuthRequest({request->hash, nonce}));
    const auto signature = wire::signHandshake(who.key.get(), request->hash, request->nonce, nonce);
    send(wire::buildAuthVerify({who.certificate, signature}));
    receiveUntil(wire::Command::AuthVerify);
    const auto info = wire::parseAuthInfo(receiveUntil(wire::Command::AuthInfo));
    check(bool(info), "AuthInfo");
    send(wire::buildAuthConfirm());
    receiveUntil(wire::Command::AgentTag);
    return *info;
}

}  // namespace agentd_test
