/// `POST /api/v1/<command>`: every command, for scripts.
#pragma once

#include <vector>

#include "core/api/context.hpp"
#include "core/api/http/call_rates.hpp"
#include "core/api/http/caller.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// The body is the JSON object of arguments, absent for none. Answered with the command's result as
/// it is; a Wire command gives its message, or `{"replies":[...]}` when there are several. Errors
/// have the status of their code and `{"error":{code,message,field,traceId}}`. One caller (a user, or an
/// API token) may call `limits.commands_per_second`, twice as many at once; beyond that 429 with
/// `Retry-After`.
class RestDoor {
public:
    RestDoor(Context& context, const HttpCallers& callers)
        : context_(context), callers_(callers), bodyBytes_(context.config.limits.bodyBytes),
          rates_(context.config.limits.commandsPerSecond) {}
    void mount(net::Router& router, std::vector<net::Registration>& routes);

private:
    void serve(const net::HttpRequest& request, const net::Responder& responder) const;

    void limit(const sdk::Caller& caller) const;

    Context& context_;
    const HttpCallers& callers_;
    const std::size_t bodyBytes_;
    mutable CallRates rates_;
};

} // namespace trellis::api
