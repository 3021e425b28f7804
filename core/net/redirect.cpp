// The listener for port 80.
#include "core/net/http_head.hpp"
#include "core/net/listener.hpp"

namespace trellis::net {

namespace {

constexpr Millis kHeadTimeout{10000};

class RedirectStream final : public StreamHandler {
public:
    explicit RedirectStream(std::uint16_t httpsPort) : httpsPort_(httpsPort) {}

    void onOpen(Connection& connection) override {
        timer_.arm(connection.loop(), kHeadTimeout, [&connection] {
            connection.abort("no request in time", CloseReason::Kind::Timeout);
        });
    }
    std::size_t onData(Connection& connection, MutableBytes bytes) override {
        RequestHead head;
        const auto result = parseHead(asText(bytes), scanned_, head);
        if (result.state == HeadResult::State::NeedMore)
            return 0;
        connection.write(result.state == HeadResult::State::Done ? redirect(head)
                                                                 : refuse(result.status));
        connection.closeAfterFlush("redirected");
        return bytes.size();
    }
    void onClose(Connection&, const CloseReason&) noexcept override { timer_.cancel(); }

private:
    static std::string refuse(int status) {
        return "HTTP/1.1 " + std::to_string(status) + " " + std::string(reasonPhrase(status)) +
               "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    }
    std::string redirect(const RequestHead& head) const {
        const auto host = head.headers.get("Host"); // its form has been checked
        if (host.empty() || head.target.front() != '/')
            return refuse(400);
        const auto colon = host.rfind(':');
        const bool hasPort = colon != std::string_view::npos && host.back() != ']';
        std::string location =
            "https://" + std::string(host.substr(0, hasPort ? colon : host.npos));
        if (httpsPort_ != 443)
            location += ":" + std::to_string(httpsPort_);
        return "HTTP/1.1 308 Permanent Redirect\r\nLocation: " + location + head.target +
               "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    }

    const std::uint16_t httpsPort_;
    std::size_t scanned_ = 0;
    Timer timer_;
};

} // namespace

StreamFactory redirectToHttps(std::uint16_t httpsPort) {
    return
        [httpsPort](const ConnectionInfo&) { return std::make_shared<RedirectStream>(httpsPort); };
}

} // namespace trellis::net
