/// HTTP/1.1 on one connection: reads a request, hands it to its route, writes the answer; one
/// request at a time, so that pipelined ones wait in the connection. For core/net only.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/net/chunked.hpp"
#include "core/net/connection.hpp"
#include "core/net/http_head.hpp"
#include "core/net/http_server.hpp"
#include "core/net/route_entry.hpp"
#include "core/net/websocket.hpp"

namespace trellis::net {

struct HttpServer::Shared {
    std::shared_ptr<Router> router;
    Executor workers;
    HttpServerOptions options;
};

/// What responders and body streams keep of a session.
struct SessionLink {
    std::weak_ptr<class HttpSession> session;
    std::weak_ptr<Connection> connection;
    std::shared_ptr<std::atomic<bool>> isGone;
    std::uint64_t serial = 0; ///< of the request

    /// Runs `task` on the session's loop, at once if that is the calling thread. False if the
    /// connection is gone.
    bool run(std::function<void(HttpSession&)> task) const;
};

class HttpSession final : public StreamHandler, public std::enable_shared_from_this<HttpSession> {
public:
    explicit HttpSession(std::shared_ptr<const HttpServer::Shared> server)
        : server_(std::move(server)) {}

    void onOpen(Connection& connection) override;
    std::size_t onData(Connection&, MutableBytes bytes) override;
    void onWritable(Connection&) override;
    void onPeerEnd(Connection& connection) override;
    void onClose(Connection&, const CloseReason&) noexcept override;

    // From responders, on the loop. Ignored unless `serial` is the current request's.
    void respond(std::uint64_t serial, HttpResponse response);
    void acceptUpgrade(std::uint64_t serial, const std::shared_ptr<WebSocketHandler>& handler,
                       const WebSocketOptions& options);
    void readBody(std::uint64_t serial, BodyStream::Next next);
    void wake(std::uint64_t serial);

private:
    enum class Step : std::uint8_t {
        Head = 1, ///< between requests, or inside a head
        Body,     ///< a buffered body is coming in
        Waiting,  ///< the route has the request
        Sending,  ///< the answer is produced piece by piece
        Upgraded, ///< no longer HTTP; input is for the next handler
        Over,     ///< closing
    };

    // http_session.cpp
    std::size_t readHead(std::string_view text);
    void startRequest(RequestHead&& head);
    bool buildRequest(RequestHead&& head);
    void resolvePeer();
    void startBody();
    void dispatch();
    void dispatchUpgrade();
    template <class Call, class Answer> void runHandler(Call call, const Answer& answer);
    SessionLink link();
    void refuse(int status, std::string_view reason);
    void armTimer(Millis delay);
    void onTimer();

    // http_session_body.cpp
    std::size_t readBodyBytes(Bytes bytes);
    bool takeBody(Bytes data);
    void bodyDone();
    void giveStreamed(Bytes data);
    void endStreamed(BodyStream::End end);
    bool isBodyTooSlow() const;

    // http_session_write.cpp
    std::string headText(const HttpResponse& response, std::optional<std::uint64_t> length,
                         bool isChunked) const;
    void appendFields(std::string& text, const HttpResponse& response) const;
    void startSending(HttpResponse& response);
    void pump();
    bool pumpFile();
    bool pumpProducer();
    void finishResponse();

    const std::shared_ptr<const HttpServer::Shared> server_;
    Connection* connection_ = nullptr; // valid from onOpen to onClose
    const std::shared_ptr<std::atomic<bool>> isGone_ = std::make_shared<std::atomic<bool>>(false);

    Step step_ = Step::Head;
    std::uint64_t serial_ = 0; // of the current request
    std::size_t scanned_ = 0;  // of a head that isn't complete
    bool hasHeadBytes_ = false;
    bool keepAlive_ = false;
    bool isHead_ = false;
    bool isHttp10_ = false;
    bool waitsForDrain_ = false; // before the next pipelined request
    HttpRequest request_;
    std::shared_ptr<Registration::Entry> entry_;

    // body of the current request
    bool hasBody_ = false; // not read to its end yet
    std::optional<ChunkedDecoder> chunks_;
    std::uint64_t bodyLeft_ = 0;
    std::uint64_t bodyReceived_ = 0;
    std::uint64_t bodyReceivedSince_ = 0; // the reader of a streamed body asked last
    Clock::time_point bodySince_{};
    bool isStreamed_ = false;
    std::string streamed_; // read and not asked for yet
    BodyStream::Next nextPiece_;
    bool streamEnded_ = false;

    // answer being sent
    std::optional<FileBody> file_;
    std::optional<ProducedBody> produced_;
    std::uint64_t producedLeft_ = 0;
    bool isChunkedAnswer_ = false;
    bool isPumping_ = false;
    bool wasWoken_ = false; // while pumping
    std::uint64_t writtenAtTimer_ = 0;

    Timer timer_; // its meaning depends on step_
};

} // namespace trellis::net
