/// One HTTP/1.1 request with its answer (RFC 9110, 9112), for scripts.
#pragma once

#include "agent/link/connection.hpp"
#include "agent/link/http_head.hpp"

#include <utility>
#include <vector>

namespace trellis::device {

struct HttpRequest {
    Url url;
    std::string method = "GET";
    std::vector<std::pair<std::string, std::string>> headers;  ///< no line ends in them
    std::string body;
    Trust trust = Trust::Chain;
    std::optional<Proxy> proxy;
    Milliseconds connectTimeout{20'000};
    /// Longest silence of the server.
    Milliseconds quietTimeout{60'000};
};

class HttpFetch : private Connection::Handler {
public:
    /// All calls come from the loop. Each may destroy the HttpFetch.
    class Handler {
    public:
        virtual ~Handler() = default;
        virtual bool onPeer(const PeerCertificate&) { return true; }
        virtual void onHead(const ResponseHead& head) = 0;
        virtual void onBody(std::string_view bytes) = 0;
        /// Last. `error` is "" if the whole body has arrived.
        virtual void onEnd(const std::string& error) = 0;
    };

    HttpFetch(Loop& loop, TlsContext& tls, Handler& handler, HttpRequest request);
    ~HttpFetch() override;
    void open();
    /// While paused no body is delivered and the socket is not read.
    void pause(bool isPaused);
    const std::string& address() const noexcept { return connection_.address(); }

private:
    enum class Stage : std::uint8_t { Head = 1, Sized, ChunkSize, ChunkData, ChunkEnd, UntilClose, Trailer, Done };

    bool onPeer(const PeerCertificate& peer) override { return handler_.onPeer(peer); }
    void onConnected() override;
    void onData(std::string_view bytes) override;
    void onClosed(const std::string& reason) override;

    void pump();
    bool step();
    bool takeHead();
    bool chooseBody(const ResponseHead& head);
    bool takeBody();
    bool takeChunkSize();
    bool takeLine(std::string& line);
    void end(const std::string& error);
    void watchSilence();

    Loop& loop_;
    Handler& handler_;
    HttpRequest request_;
    Connection connection_;
    Stage stage_ = Stage::Head;
    std::string buffer_;
    std::uint64_t left_ = 0;
    bool isPaused_ = false;
    Timer silence_;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace trellis::device
