/// Answers one HTTP request, now or later, from any thread.
#pragma once

#include <memory>

#include "core/net/http_message.hpp"

namespace trellis::net {

/// Copies share one answer: the first send() wins, later ones are ignored. When the last copy is
/// destroyed without an answer, 500 is sent. Safe after the peer has gone. Any thread.
class Responder {
public:
    class Core; // internal
    explicit Responder(std::shared_ptr<Core> core) : core_(std::move(core)) {}

    void send(HttpResponse response) const;
    /// sdk::Error with its status and text; anything else is 500 with a fixed text and a log line.
    void fail(const std::exception& reason) const;
    bool isAnswered() const noexcept;
    bool isPeerGone() const noexcept; ///< long work may stop early

private:
    std::shared_ptr<Core> core_;
};

} // namespace trellis::net
