/// `POST /api/v1/<command>`: every command, for scripts.
#pragma once

#include <vector>

#include "core/api/dispatcher.hpp"
#include "core/api/http/caller.hpp"
#include "core/net/router.hpp"

namespace trellis::api {

/// The body is the JSON object of arguments, absent for none. Answered with the command's result as
/// it is; a Wire command gives its message, or `{"replies":[...]}` when there are several. Errors
/// have the status of their code and `{"error":{code,message,field,traceId}}`.
class RestDoor {
public:
    RestDoor(Dispatcher& dispatcher, const HttpCallers& callers, std::size_t bodyBytes)
        : dispatcher_(dispatcher), callers_(callers), bodyBytes_(bodyBytes) {}
    void mount(net::Router& router, std::vector<net::Registration>& routes);

private:
    void serve(const net::HttpRequest& request, const net::Responder& responder) const;

    Dispatcher& dispatcher_;
    const HttpCallers& callers_;
    const std::size_t bodyBytes_;
};

} // namespace trellis::api
