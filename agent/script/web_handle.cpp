#include "agent/script/web_handle.hpp"

#include "agent/link/http_fetch.hpp"
#include "agent/script/json.hpp"
#include "agent/script/text.hpp"

#include <trellis/wire/text.hpp>

namespace trellis::device {
namespace {
/// A tunnel that ends itself still delivers what it has written, to a reader that reads.
constexpr Milliseconds kEndGrace{30'000};

std::string headText(const ResponseHead& head) {
    JsonObject headers;
    for (const auto& [name, value] : head.headers) headers.text(name, value);
    JsonObject out;
    out.number("statusCode", head.status).text("statusMessage", head.reason);
    out.raw("headers", headers.end());
    return toScript(out.end());
}

std::string colons(wire::ByteView bytes) {
    std::string out;
    for (const auto byte : bytes) {
        if (!out.empty()) out += ':';
        out += wire::encodeHex({&byte, 1}, wire::HexCase::Upper);
    }
    return out;
}

class SocketHandle : public Handle, private WsClient::Handler {
public:
    SocketHandle(ScriptHost& host, HandleId id, WebRequest request)
        : host_(host), id_(id), isVerified_(request.isVerified),
          client_(host.loop(), host.tls(), *this, optionsOf(std::move(request))) {
        client_.open();
    }

    void send(bool isText, std::string_view data) override {
        client_.send(isText, isText ? fromScript(data) : std::string(data));
        if (client_.queued() > kHighWater) isFull_ = true;
    }
    std::size_t queued() const override { return client_.queued(); }
    void pause(bool isPaused) override { client_.pause(isPaused); }
    void end() override { client_.close(kEndGrace); }
    void ping() override { client_.ping(); }

private:
    static WsOptions optionsOf(WebRequest request) {
        WsOptions options;
        options.url = std::move(request.url);
        options.trust = request.trust;
        options.proxy = std::move(request.proxy);
        options.headers = std::move(request.headers);
        return options;
    }

    bool onPeer(const PeerCertificate& peer) override {
        return !isVerified_ || askAboutPeer(host_, id_, peer);
    }
    void onOpen(const ResponseHead& head) override {
        isOpen_ = true;
        host_.emit(id_, "upgrade", EventArg::ofJson(headText(head)));
    }
    void onMessage(bool isText, std::string_view message) override {
        if (!isText) {
            host_.emit(id_, "data", EventArg::ofBytes(message));
            return;
        }
        const auto text = toScript(message);
        host_.emit(id_, "data", EventArg::ofText(text));
    }
    void onPong() override { host_.emit(id_, "pong"); }
    void onDrained() override {
        if (std::exchange(isFull_, false)) host_.emit(id_, "drain");
    }
    void onClosed(const std::string& reason) override {
        host_.emit(id_, isOpen_ ? "end" : "error", EventArg::ofText(toScript(reason)));
        host_.removeHandle(id_);
    }

    ScriptHost& host_;
    HandleId id_;
    bool isVerified_;
    bool isOpen_ = false;
    bool isFull_ = false;
    WsClient client_;
};

class FetchHandle : public Handle, private HttpFetch::Handler {
public:
    FetchHandle(ScriptHost& host, HandleId id, WebRequest request)
        : host_(host), id_(id), isVerified_(request.isVerified),
          fetch_(host.loop(), host.tls(), *this, requestOf(std::move(request))) {
        fetch_.open();
    }
    void pause(bool isPaused) override { fetch_.pause(isPaused); }
    void end() override { host_.removeHandle(id_); }

private:
    static HttpRequest requestOf(WebRequest from) {
        HttpRequest request;
        request.url = std::move(from.url);
        request.method = std::move(from.method);
        request.headers = std::move(from.headers);
        request.body = std::move(from.body);
        request.trust = from.trust;
        request.proxy = std::move(from.proxy);
        return request;
    }

    bool onPeer(const PeerCertificate& peer) override {
        return !isVerified_ || askAboutPeer(host_, id_, peer);
    }
    void onHead(const ResponseHead& head) override {
        hasHead_ = true;
        host_.emit(id_, "response", EventArg::ofJson(headText(head)));
    }
    void onBody(std::string_view bytes) override {
        host_.emit(id_, "data", EventArg::ofBytes(bytes));
    }
    void onEnd(const std::string& error) override {
        const auto text = toScript(error);
        // A body that was cut short is an error even after its head.
        if (!error.empty()) host_.emit(id_, "error", EventArg::ofText(text));
        if (hasHead_) host_.emit(id_, "end", EventArg::ofText(text));
        host_.removeHandle(id_);
    }

    ScriptHost& host_;
    HandleId id_;
    bool isVerified_;
    bool hasHead_ = false;
    HttpFetch fetch_;
};

class TcpHandle : public Handle, private Connection::Handler {
public:
    TcpHandle(ScriptHost& host, HandleId id, const TcpRequest& request)
        : host_(host), id_(id), isVerified_(request.isVerified),
          connection_(host.loop(), host.tls(), *this) {
        ConnectionTarget target;
        target.host = request.host;
        target.port = request.port;
        target.isSecure = request.isSecure;
        target.trust = request.trust;
        connection_.open(std::move(target));
    }
    void send(bool isText, std::string_view data) override {
        connection_.send(isText ? fromScript(data) : std::string(data));
        if (connection_.queued() > kHighWater) isFull_ = true;
    }
    std::size_t queued() const override { return connection_.queued(); }
    void pause(bool isPaused) override { connection_.pause(isPaused); }
    void end() override { connection_.closeAfterSending(kEndGrace); }

private:
    bool onPeer(const PeerCertificate& peer) override {
        return !isVerified_ || askAboutPeer(host_, id_, peer);
    }
    void onConnected() override {
        isOpen_ = true;
        host_.emit(id_, "connect", EventArg::ofText(connection_.address()));
    }
    void onData(std::string_view bytes) override {
        host_.emit(id_, "data", EventArg::ofBytes(bytes));
    }
    void onDrained() override {
        if (std::exchange(isFull_, false)) host_.emit(id_, "drain");
    }
    void onClosed(const std::string& reason) override {
        host_.emit(id_, isOpen_ ? "end" : "error", EventArg::ofText(toScript(reason)));
        host_.removeHandle(id_);
    }

    ScriptHost& host_;
    HandleId id_;
    bool isVerified_;
    bool isOpen_ = false;
    bool isFull_ = false;
    Connection connection_;
};
}  // namespace

bool askAboutPeer(ScriptHost& host, HandleId id, const PeerCertificate& peer) {
    JsonObject certificate;
    certificate.text("digest", colons(peer.hashes.full));
    certificate.text("fingerprint", colons(peer.hashes.key));
    const auto text = certificate.end();
    return host.emit(id, "verify", EventArg::ofJson(text), EventArg::ofBytes(wire::textOf(peer.der)));
}

std::unique_ptr<Handle> openWeb(ScriptHost& host, HandleId id, WebRequest request) {
    if (request.url.scheme == "ws" || request.url.scheme == "wss") {
        return std::make_unique<SocketHandle>(host, id, std::move(request));
    }
    return std::make_unique<FetchHandle>(host, id, std::move(request));
}

std::unique_ptr<Handle> openTcp(ScriptHost& host, HandleId id, const TcpRequest& request) {
    return std::make_unique<TcpHandle>(host, id, request);
}

}  // namespace trellis::device
