#include "core/net/http_session.hpp"

#include <algorithm>

#include <trellis/sdk/error.hpp>

#include "core/net/ascii.hpp"
#include "core/net/http_upgrade.hpp"
#include "core/net/responder_core.hpp"
#include "core/telemetry/log.hpp"
#include "core/telemetry/metrics.hpp"
#include "core/telemetry/traffic.hpp"

namespace trellis::net {

namespace {

constexpr Millis kBodyCheckEvery{2000};

} // namespace

bool SessionLink::run(std::function<void(HttpSession&)> task) const {
    const auto open = connection.lock();
    const auto alive = session.lock();
    if (!open || !alive || isGone->load())
        return false;
    if (open->loop().isCurrent())
        task(*alive);
    else
        open->post([alive, task = std::move(task)](Connection&) { task(*alive); });
    return true;
}

SessionLink HttpSession::link() {
    return {weak_from_this(), connection_->weak_from_this(), isGone_, serial_};
}

void HttpSession::onOpen(Connection& connection) {
    connection_ = &connection;
    armTimer(server_->options.headTimeout);
}

void HttpSession::onClose(Connection&, const CloseReason&) noexcept {
    *isGone_ = true;
    step_ = Step::Over;
    timer_.cancel();
    endStreamed(BodyStream::End::Failed);
    produced_.reset();
    file_.reset();
}

void HttpSession::onPeerEnd(Connection& connection) {
    // A client may send its request, close its side and still want the answer.
    if (step_ != Step::Waiting && step_ != Step::Sending)
        connection.closeAfterFlush("the peer closed");
    if (hasBody_ && isStreamed_)
        endStreamed(BodyStream::End::Failed);
    keepAlive_ = false;
}

std::size_t HttpSession::onData(Connection& connection, MutableBytes bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && !connection.isReadingPaused() && connection.isOpen()) {
        const auto rest = bytes.subspan(used);
        std::size_t step = rest.size(); // in Over everything is thrown away
        if (step_ == Step::Head)
            step = readHead(asText(rest));
        else if (hasBody_)
            step = readBodyBytes(rest);
        else if (step_ != Step::Over)
            break;
        if (step == 0)
            break;
        used += step;
    }
    return used;
}

std::size_t HttpSession::readHead(std::string_view text) {
    if (!hasHeadBytes_) {
        hasHeadBytes_ = true;
        armTimer(server_->options.headTimeout);
    }
    RequestHead head;
    const auto result = parseHead(text, scanned_, head);
    if (result.state == HeadResult::State::NeedMore)
        return 0;
    scanned_ = 0;
    hasHeadBytes_ = false;
    ++serial_;
    if (result.state == HeadResult::State::Bad) {
        isHead_ = false;
        refuse(result.status, result.reason);
        return text.size();
    }
    startRequest(std::move(head));
    return result.size;
}

namespace {

/// In the form that scripts get every refusal in. `reason` is one of our own texts: nothing to escape.
HttpResponse refusalForScripts(int status, std::string_view reason) {
    const auto* code = status == 413 ? "too_large" : status == 408 ? "timeout" : "invalid_argument";
    return HttpResponse::json(status, std::string(R"({"error":{"code":")") + code +
                                          R"(","message":")" + std::string(reason) + R"("}})");
}

} // namespace

void HttpSession::refuse(int status, std::string_view reason) {
    keepAlive_ = false;
    step_ = Step::Waiting;
    auto response = request_.path.starts_with("/api/")
                        ? refusalForScripts(status, reason)
                        : HttpResponse::text(status, std::string(reason) + "\n");
    if (status == 426)
        response.with("Upgrade", "websocket").with("Sec-WebSocket-Version", "13");
    respond(serial_, std::move(response));
}

// False if the request has been refused.
bool HttpSession::buildRequest(RequestHead&& head) {
    request_ = HttpRequest();
    if (!parseTarget(head.target, request_.segments, request_.path, request_.query)) {
        refuse(400, "malformed target");
        return false;
    }
    request_.method = std::move(head.method);
    request_.target = std::move(head.target);
    request_.headers = std::move(head.headers);
    request_.connection = connection_->info();
    resolvePeer();
    return true;
}

void HttpSession::resolvePeer() {
    request_.peer = request_.connection.peer;
    request_.isSecure = request_.connection.isTls;
    if (!containsAddress(server_->options.trustedProxies, request_.peer))
        return;
    for (const auto* name : {"CF-Connecting-IP", "X-Forwarded-For", "X-Real-IP"}) {
        auto list = request_.header(name);
        if (list.empty())
            continue;
        if (const auto address = Address::parse(takeItem(list, ',')))
            request_.peer = *address;
        break;
    }
    if (auto list = request_.header("X-Forwarded-Proto"); !list.empty())
        request_.isSecure = equalsIgnoringCase(takeItem(list, ','), "https");
}

void HttpSession::startRequest(RequestHead&& head) {
    static auto& requests = telemetry::Metrics::instance().counter(
        "trellis_net_http_requests_total", "HTTP requests with a well-formed head.");
    requests.add();
    timer_.cancel();
    step_ = Step::Waiting;
    keepAlive_ = head.keepAlive && serial_ < server_->options.maxRequestsPerConnection;
    isHead_ = head.method == "HEAD";
    isHttp10_ = head.isHttp10;
    isStreamed_ = streamEnded_ = false;
    bodyReceived_ = 0;
    streamed_.clear();
    bodyLeft_ = head.contentLength.value_or(0);
    hasBody_ = head.isChunked || bodyLeft_ > 0;
    chunks_.reset();
    if (head.isChunked)
        chunks_.emplace();
    const bool isUpgrade = head.isUpgrade;
    const bool expectsContinue = head.expectsContinue;
    if (!buildRequest(std::move(head)))
        return;
    server_->options.tenants.resolve(request_);
    auto match = server_->router->match(request_.method, request_.segments, isUpgrade);
    using Kind = Router::Match::Kind;
    if (match.kind == Kind::NoMethod)
        return respond(
            serial_,
            HttpResponse::text(405, "method not allowed\n").with("Allow", std::move(match.allow)));
    if (match.kind == Kind::NeedsUpgrade)
        return refuse(426, "this is a WebSocket");
    if (match.kind == Kind::NoPath)
        return respond(serial_, HttpResponse::text(404, "not found\n"));
    entry_ = std::move(match.entry);
    request_.params = std::move(match.params);
    if (entry_->isUpgrade)
        return dispatchUpgrade();
    if (!hasBody_)
        return dispatch();
    if (bodyLeft_ > entry_->spec.bodyLimit)
        return refuse(413, "the body is too large");
    if (expectsContinue)
        connection_->write("HTTP/1.1 100 Continue\r\n\r\n");
    startBody();
}

void HttpSession::startBody() {
    isStreamed_ = entry_->spec.bodyMode == BodyMode::Streamed;
    bodySince_ = connection_->loop().now();
    if (isStreamed_) {
        request_.stream = makeBodyStream(link());
        dispatch();
        return;
    }
    step_ = Step::Body;
    // Space for what was announced, but not more than a little on the sender's word alone.
    request_.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(bodyLeft_, 64 * 1024)));
    armTimer(kBodyCheckEvery);
}

// Runs `call` where the route wants to be run; `answer` gets the refusal of a full worker pool.
template <class Call, class Answer> void HttpSession::runHandler(Call call, const Answer& answer) {
    const auto entry = entry_;
    auto task = [entry, answer, call = std::move(call)] {
        const RouteCall running(*entry);
        if (!running)
            return answer.fail(sdk::Error(sdk::ErrorCode::NotFound, "not found"));
        try {
            call(*entry);
        } catch (const std::exception& e) {
            answer.fail(e);
        } catch (...) {
            answer.fail(std::runtime_error("unknown"));
        }
    };
    if (entry->spec.runOn == RunOn::Loop)
        return task();
    try {
        server_->workers(std::move(task));
    } catch (const std::exception& e) {
        answer.fail(e);
    }
}

void HttpSession::dispatch() {
    telemetry::traffic().requests.fetch_add(1, std::memory_order_relaxed);
    step_ = Step::Waiting;
    timer_.cancel();
    connection_->pauseReading();
    const Responder responder(std::make_shared<Responder::Core>(link()));
    auto request = std::make_shared<HttpRequest>(std::move(request_));
    runHandler(
        [request, responder](const Registration::Entry& entry) {
            entry.onRequest(std::move(*request), responder);
        },
        responder);
}

void HttpSession::dispatchUpgrade() {
    if (const auto problem = checkUpgrade(request_, hasBody_); problem.status != 0)
        return refuse(problem.status, problem.reason);
    telemetry::traffic().webSockets.fetch_add(1, std::memory_order_relaxed);
    connection_->pauseReading();
    const Upgrade upgrade(std::make_shared<Upgrade::Core>(link()));
    // The key is needed for the answer, so the request is copied here.
    auto request = std::make_shared<HttpRequest>(request_);
    runHandler(
        [request, upgrade](const Registration::Entry& entry) {
            entry.onUpgrade(std::move(*request), upgrade);
        },
        upgrade);
}

void HttpSession::acceptUpgrade(std::uint64_t serial,
                                const std::shared_ptr<WebSocketHandler>& handler,
                                const WebSocketOptions& options) {
    if (serial != serial_ || step_ != Step::Waiting || !connection_->isOpen())
        return;
    step_ = Step::Upgraded;
    bool hasDeflate = false;
    connection_->write(upgradeAnswer(request_, options.deflate, hasDeflate));
    WebSocket::attach(*connection_, options, hasDeflate, request_.peer, handler);
    request_ = HttpRequest();
    entry_.reset();
    connection_->resumeReading();
}

void HttpSession::armTimer(Millis delay) {
    writtenAtTimer_ = connection_->bytesWritten();
    timer_.arm(connection_->loop(), delay, [this] { onTimer(); });
}

void HttpSession::onTimer() {
    const bool hasProgress = connection_->bytesWritten() != writtenAtTimer_;
    switch (step_) {
    case Step::Head:
        if (hasHeadBytes_)
            return refuse(408, "the request took too long");
        if (connection_->bufferedBytes() > 0 && hasProgress) // still reads the last answer
            return armTimer(server_->options.keepAliveTimeout);
        return connection_->closeAfterFlush("idle");
    case Step::Body:
    case Step::Waiting:
        if (hasBody_ && isBodyTooSlow())
            return isStreamed_ ? connection_->abort("the request body is too slow",
                                                    CloseReason::Kind::Timeout)
                               : refuse(408, "the request body took too long");
        return armTimer(kBodyCheckEvery);
    case Step::Sending:
        if (!hasProgress && connection_->bufferedBytes() > 0)
            return connection_->abort("the client doesn't read", CloseReason::Kind::Timeout);
        if (hasBody_ && isBodyTooSlow()) // the answer goes out while the request comes in
            return connection_->abort("the request body is too slow", CloseReason::Kind::Timeout);
        return armTimer(server_->options.writeStallTimeout);
    case Step::Upgraded:
    case Step::Over:
        return;
    }
}

HttpServer::HttpServer(std::shared_ptr<Router> router, Executor workers, HttpServerOptions options)
    : shared_(std::make_shared<Shared>(
          Shared{std::move(router), std::move(workers), std::move(options)})) {}

StreamFactory HttpServer::factory() const {
    return
        [shared = shared_](const ConnectionInfo&) { return std::make_shared<HttpSession>(shared); };
}

Headers HttpServerOptions::securityHeaders() {
    Headers headers;
    headers.add("Strict-Transport-Security", "max-age=31536000");
    headers.add("X-Content-Type-Options", "nosniff");
    headers.add("Referrer-Policy", "no-referrer");
    headers.add(
        "Content-Security-Policy",
        "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'");
    headers.add("X-Frame-Options", "DENY");
    headers.add("Cross-Origin-Opener-Policy", "same-origin");
    headers.add("Permissions-Policy", "camera=(), microphone=(), geolocation=()");
    return headers;
}

} // namespace trellis::net
