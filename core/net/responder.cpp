#include "core/net/responder.hpp"

#include <utility>

#include <trellis/sdk/error.hpp>

#include "core/net/responder_core.hpp"
#include "core/telemetry/log.hpp"

namespace trellis::net {

AnswerOnce::~AnswerOnce() {
    if (isAnswered_ || link_.isGone->load())
        return;
    telemetry::log("net").error("a route gave no answer");
    send(HttpResponse::error(std::runtime_error("no answer")));
}

void AnswerOnce::send(HttpResponse response) {
    if (!claim())
        return;
    // Shared, because a task must be copyable.
    auto shared = std::make_shared<HttpResponse>(std::move(response));
    link_.run([shared, serial = link_.serial](HttpSession& session) {
        session.respond(serial, std::move(*shared));
    });
}

void AnswerOnce::fail(const std::exception& reason) {
    if (dynamic_cast<const sdk::Error*>(&reason) == nullptr)
        telemetry::log("net").error("a route failed", {{"reason", reason.what()}});
    send(HttpResponse::error(reason));
}

void Responder::send(HttpResponse response) const {
    core_->send(std::move(response));
}

void Responder::fail(const std::exception& reason) const {
    core_->fail(reason);
}

bool Responder::isAnswered() const noexcept {
    return core_->isAnswered();
}

bool Responder::isPeerGone() const noexcept {
    return core_->link().isGone->load();
}

void Upgrade::accept(std::shared_ptr<WebSocketHandler> handler, WebSocketOptions options) const {
    if (!core_->claim())
        return;
    core_->link().run([handler = std::move(handler), options,
                       serial = core_->link().serial](HttpSession& session) {
        session.acceptUpgrade(serial, handler, options);
    });
}

void Upgrade::refuse(HttpResponse response) const {
    core_->send(std::move(response));
}

void Upgrade::fail(const std::exception& reason) const {
    core_->fail(reason);
}

namespace {

// A wish on its way to the loop. If the connection ends before it arrives, it fails instead of
// being forgotten.
class PendingRead {
public:
    explicit PendingRead(BodyStream::Next next) : next_(std::move(next)) {}
    ~PendingRead() {
        if (next_)
            next_({}, BodyStream::End::Failed);
    }
    PendingRead(const PendingRead&) = delete;
    PendingRead& operator=(const PendingRead&) = delete;
    BodyStream::Next take() noexcept { return std::exchange(next_, nullptr); }

private:
    BodyStream::Next next_;
};

class SessionBodyStream final : public BodyStream {
public:
    explicit SessionBodyStream(SessionLink link) : link_(std::move(link)) {}
    void read(Next next) override {
        auto pending = std::make_shared<PendingRead>(std::move(next));
        link_.run([pending = std::move(pending), serial = link_.serial](HttpSession& session) {
            session.readBody(serial, pending->take());
        });
    }

private:
    const SessionLink link_;
};

} // namespace

std::shared_ptr<BodyStream> makeBodyStream(SessionLink link) {
    return std::make_shared<SessionBodyStream>(std::move(link));
}

} // namespace trellis::net
