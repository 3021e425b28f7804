/// What stands behind Responder, Upgrade and BodyStream; for core/net only.
#pragma once

#include <atomic>
#include <memory>

#include "core/net/http_session.hpp"
#include "core/net/responder.hpp"
#include "core/net/websocket.hpp"

namespace trellis::net {

/// Decides once which answer counts. Destroyed without one, it answers 500.
class AnswerOnce {
public:
    explicit AnswerOnce(SessionLink link) : link_(std::move(link)) {}
    ~AnswerOnce();
    AnswerOnce(const AnswerOnce&) = delete;
    AnswerOnce& operator=(const AnswerOnce&) = delete;

    void send(HttpResponse response);
    void fail(const std::exception& reason);
    /// True for the first caller only.
    bool claim() noexcept { return !isAnswered_.exchange(true); }
    bool isAnswered() const noexcept { return isAnswered_; }
    const SessionLink& link() const noexcept { return link_; }

private:
    const SessionLink link_;
    std::atomic<bool> isAnswered_{false};
};

class Responder::Core : public AnswerOnce {
    using AnswerOnce::AnswerOnce;
};

class Upgrade::Core : public AnswerOnce {
    using AnswerOnce::AnswerOnce;
};

std::shared_ptr<BodyStream> makeBodyStream(SessionLink link);

} // namespace trellis::net
