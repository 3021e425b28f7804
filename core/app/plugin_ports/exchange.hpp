/// HTTP messages between the server and its plugins.
#pragma once

#include <memory>

#include <trellis/sdk/http.hpp>

#include "core/net/responder.hpp"

namespace trellis::app {

/// Without what the caller signed in with: the plugin has the caller.
sdk::HttpRequest toPlugin(const net::HttpRequest& request);
/// `stream` has become a producer by now (plugin::guardBody).
net::HttpResponse toNet(sdk::HttpResponse answer);

/// A request on a connection, as its plugin sees it.
class NetExchange final : public sdk::HttpExchange {
public:
    NetExchange(sdk::Request caller, net::HttpRequest request, net::Responder responder);
    ~NetExchange() override;
    const sdk::Request& caller() const override { return caller_; }
    const sdk::HttpRequest& request() const override { return request_; }
    sdk::BodyReader* body() override { return body_.get(); }
    void answer(sdk::HttpResponse response) override { responder_.send(toNet(std::move(response))); }
    void fail(const sdk::Error& why) override { responder_.fail(why); }
    bool isPeerGone() const override { return responder_.isPeerGone(); }

private:
    const sdk::Request caller_;
    const sdk::HttpRequest request_;
    const std::unique_ptr<sdk::BodyReader> body_;
    const net::Responder responder_;
};

}  // namespace trellis::app
