#include "core/api/http/rest.hpp"

#include "core/api/parse.hpp"

namespace trellis::api {

using sdk::Error;
using sdk::ErrorCode;

namespace {

/// Joins the answers of one command to one response.
class RestSink final : public CallSink {
public:
    explicit RestSink(net::Responder responder) : responder_(std::move(responder)) {}

    void onResult(json::value result) override { responder_.send(jsonResponse(200, result)); }
    void onMessage(json::object message) override {
        message.erase("responseid"); // was put in so that the command answers
        messages_.emplace_back(std::move(message));
    }
    void onError(const Error& error, const std::string& traceId,
                 const std::optional<WireError>&) override {
        responder_.send(errorResponse(error, traceId));
    }
    void onDone() override {
        if (messages_.empty()) {
            responder_.send(jsonResponse(200, json::object())); // ignored if answered above
        } else if (messages_.size() == 1) {
            responder_.send(jsonResponse(200, messages_.front()));
        } else {
            responder_.send(jsonResponse(200, json::object{{"replies", std::move(messages_)}}));
        }
    }

private:
    net::Responder responder_;
    json::array messages_;
};

json::object argumentsOf(const net::HttpRequest& request, std::size_t limit) {
    if (request.body.empty())
        return {};
    // A form of another site can send text/plain, but not this without asking first (CORS).
    const auto type = request.header("Content-Type");
    if (!type.starts_with("application/json"))
        throw Error(ErrorCode::InvalidArgument, "expected Content-Type: application/json");
    auto parsed = parseMessage(request.body, limit);
    if (!parsed.object)
        throw Error(ErrorCode::InvalidArgument, parsed.fault);
    return std::move(*parsed.object);
}

} // namespace

void RestDoor::mount(net::Router& router, std::vector<net::Registration>& routes) {
    net::RouteSpec spec;
    spec.method = "POST";
    spec.path = "/api/v1/{command}";
    spec.bodyLimit = bodyBytes_;
    routes.push_back(
        router.add(spec, [this](const net::HttpRequest& request, const net::Responder& responder) {
            serve(request, responder);
        }));
    net::RouteSpec other;
    other.method = "*";
    other.path = "/api/v1/{command}";
    other.runOn = net::RunOn::Loop;
    routes.push_back(router.addSimple(other, [](const net::HttpRequest&) {
        return net::HttpResponse::text(405, "Commands are called with POST.\n").with("Allow", "POST");
    }));
    // What no other route takes; an HTML page would be of no use to a script.
    net::RouteSpec rest;
    rest.method = "*";
    rest.path = "/api/{rest...}";
    rest.runOn = net::RunOn::Loop;
    routes.push_back(router.addSimple(rest, [](const net::HttpRequest&) {
        return errorResponse(Error(ErrorCode::NotFound, "no such path"));
    }));
}

void RestDoor::serve(const net::HttpRequest& request, const net::Responder& responder) const {
    try {
        auto caller = callers_.resolve(request, HttpCallers::Change::Yes);
        const std::string command(request.params.get("command"));
        const auto known = dispatcher_.find(command);
        if (!known)
            throw Error(ErrorCode::NotFound, "no such command");
        auto arguments = argumentsOf(request, bodyBytes_);
        arguments["responseid"] = "rest"; // Wire commands answer errors to those who ask
        dispatcher_.run({command, std::move(arguments), std::move(caller), std::nullopt},
                        std::make_shared<RestSink>(responder));
    } catch (const Error& error) {
        responder.send(errorResponse(error));
    }
}

} // namespace trellis::api
