/// A small blocking TLS/HTTP/WebSocket client for tests. It checks no certificate, keeps no state
/// between calls and can also send what no proper client would.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace trellis::test {

using namespace std::chrono_literals;
using Fields = std::vector<std::pair<std::string, std::string>>;

/// Something didn't happen: refused, closed too early, or the deadline passed.
class ClientError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct ClientOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    std::string unixPath; ///< set: connects to this AF_UNIX socket instead
    bool tls = true;
    std::string serverName;                  ///< SNI, "" for none
    int maxTlsVersion = 0;                   ///< for example TLS1_2_VERSION
    std::chrono::milliseconds timeout = 10s; ///< for each call
    std::string bindAddress;                 ///< local address to connect from
    int receiveBuffer = 0;                   ///< SO_RCVBUF before connecting, 0 for the default
};

/// A connected stream. Every call ends within the timeout or throws ClientError.
class Stream {
public:
    explicit Stream(const ClientOptions& options);
    ~Stream();
    Stream(Stream&&) noexcept;
    Stream& operator=(Stream&&) noexcept;

    void write(std::string_view bytes);
    std::string readSome(); ///< at least one byte; "" at the end of the stream
    std::string readExactly(std::size_t count);
    std::string readUntil(std::string_view end, std::size_t limit = 1 << 20); ///< `end` included
    std::string readAll(); ///< to the end of the stream; a reset counts as end
    bool waitForEnd();     ///< reads and drops; true if the peer closed in time
    void shutdownWrite();
    void close(); ///< orderly
    void reset(); ///< RST
    int fd() const;
    std::string certificateDer() const; ///< the peer's leaf, "" without TLS
    std::string tlsVersion() const;     ///< "TLSv1.3"
    std::string tlsCipher() const;
    void setTimeout(std::chrono::milliseconds timeout);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

struct HttpReply {
    int status = 0;
    Fields headers;
    std::string body;                                ///< chunks joined
    std::string header(std::string_view name) const; ///< first value, "" if absent; any case
};

/// One request on a connection of its own unless a stream is given.
struct HttpCall {
    std::string method = "GET";
    std::string target = "/";
    Fields headers = {}; ///< Host, Content-Length and Connection are added unless given
    std::string body = {};
};
HttpReply request(const ClientOptions& options, const HttpCall& call);
HttpReply request(Stream& stream, const HttpCall& call, bool close = false);
/// Reads one reply. `toHead`: the reply answers a HEAD request.
HttpReply readReply(Stream& stream, bool toHead = false);

struct WsMessage {
    int opcode = 0; ///< 1 text, 2 binary, 8 close, 9 ping, 10 pong
    bool fin = true;
    bool rsv1 = false;
    std::string payload;
    std::uint16_t closeCode() const; ///< for opcode 8: the code, 1005 if none
};

/// A WebSocket client. Frames come as the server sent them; nothing is answered by itself.
class WsClient {
public:
    /// Throws ClientError with the status and body if the upgrade is refused.
    WsClient(const ClientOptions& options, std::string target, Fields headers = {});
    explicit WsClient(Stream stream) : stream_(std::move(stream)) {} ///< already upgraded

    void sendText(std::string_view text) { sendFrame(1, text); }
    void sendBinary(std::string_view bytes) { sendFrame(2, bytes); }
    void sendFrame(int opcode, std::string_view payload, bool fin = true, bool masked = true,
                   int rsv = 0);
    void sendClose(std::uint16_t code = 1000, std::string_view reason = {});
    WsMessage receiveFrame(); ///< next frame of any kind
    /// Next data message or close, fragments joined; pings are answered, pongs dropped.
    WsMessage receive();
    std::string receiveText(); ///< throws if something else comes
    std::string receiveBinary();
    std::uint16_t waitForClose(); ///< drops data; 1006 if the stream ends without a close frame
    const std::string& closeReason() const { return closeReason_; } ///< after waitForClose
    const HttpReply& handshake() const { return handshake_; }
    Stream& stream() { return stream_; }

private:
    Stream stream_;
    HttpReply handshake_;
    std::string closeReason_;
};

/// True if the upgrade is refused; the reply is handed out.
HttpReply tryUpgrade(const ClientOptions& options, const std::string& target, Fields headers = {});

/// Calls `condition` until it is true; false after `limit`.
template <class F> bool eventually(F&& condition, std::chrono::milliseconds limit = 10s);
void pauseBriefly(); ///< what eventually() does between two tries

template <class F> bool eventually(F&& condition, std::chrono::milliseconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end)
            return false;
        pauseBriefly();
    }
    return true;
}

/// A fresh self-signed certificate (ECDSA P-256 unless `rsaBits`), both PEM.
struct TestCertificate {
    std::string certificatePem;
    std::string keyPem;
};
TestCertificate makeCertificate(const std::string& commonName, int rsaBits = 0);

} // namespace trellis::test
