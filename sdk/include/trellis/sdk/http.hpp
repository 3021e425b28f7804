/// HTTP routes of a plugin, as values: what came, what goes back.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/request.hpp>
#include <trellis/sdk/rights.hpp>

namespace trellis::sdk {

enum class RouteAccess : std::uint8_t {
    Session = 1,  ///< a signed-in browser; requests that change something need the CSRF header
    ApiToken,     ///< a login token in the Authorization header, or a session
    SignedLink,   ///< a link that the server issued: one use, short-lived, bound to one path
    Public,       ///< anybody; has to be written, and granted by the manifest
};

struct RouteSpec {
    std::string method;  ///< "GET", "POST", ...
    std::string path;    ///< absolute, below /plugins/<id>/ unless the manifest grants another;
                         ///< may hold {name} segments
    RouteAccess access = RouteAccess::Session;
    Requirement requires_{};
    std::size_t bodyLimit = 64 * 1024;  ///< bytes; a larger body is answered 413
};

struct HttpRequest {
    std::string method;
    std::string path;                             ///< percent-decoded
    std::map<std::string, std::string> segments;  ///< values of the path's {name} segments
    std::multimap<std::string, std::string> query;
    std::multimap<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

struct HttpResponse {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// If set, called on the worker pool until it returns nullopt. The pieces are collected and sent
    /// as one answer; above 64 MiB the request ends with Unavailable.
    std::function<std::optional<std::string>()> stream;
};

/// Runs on the worker pool. Throwing Error answers with its status and a JSON error object.
using RouteHandler = std::function<HttpResponse(const Request&, const HttpRequest&)>;

}  // namespace trellis::sdk
