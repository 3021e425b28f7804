/// HTTP routes of a plugin, as values: what came, what goes back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
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
    std::uint64_t bodyLimit = 64 * 1024;  ///< bytes; a larger body is answered 413
};

struct HttpRequest {
    std::string method;
    std::string path;                             ///< percent-decoded
    std::map<std::string, std::string> segments;  ///< values of the path's {name} segments
    std::multimap<std::string, std::string> query;
    std::multimap<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

/// Part of an open file that is sent as it is read, whatever its size; the descriptor is closed with the
/// last copy.
struct FileBody {
    std::shared_ptr<const int> fd;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

/// A request body that is read piece by piece. Any thread.
class TRELLIS_API BodyReader {
public:
    enum class End : std::uint8_t { More = 1, Done, Failed };
    using Next = std::function<void(std::string piece, End end)>;
    virtual ~BodyReader();
    /// Calls `next` once with the next piece (up to 256 KiB, may be empty at the end), on an I/O loop: it must
    /// not block. No more than that is read ahead of who asks. One call at a time; none after Done or
    /// Failed. `next` may call it again, and may itself be called before read() has returned.
    /// Failed: the client has gone or broken HTTP's rules, the body is longer than the route's limit, or the
    /// plugin is being stopped. Who sends less than 1 KiB/s while he is asked (after 10 s) is cut off.
    /// Throws Error{Conflict} while an earlier call still waits.
    virtual void read(Next next) = 0;
};

/// A response body that becomes available over time. Called on an I/O loop, never by two at once; must not
/// block. What it throws is a fault of the plugin and cuts the connection.
class TRELLIS_API BodyProducer {
public:
    enum class State : std::uint8_t { Data = 1, Wait, End, Failed };
    virtual ~BodyProducer();
    /// Called once before produce(); `wake` makes produce() be called again after Wait and may be called from
    /// any thread, any number of times, also when the connection is gone.
    virtual void start(std::function<void()> wake) { (void)wake; }
    /// Appends at most `atMost` bytes to `out`. Data: there may be more at once; Wait: not before `wake`;
    /// End: `out` had the last of it. Failed cuts the connection, so that the client sees an incomplete answer;
    /// so does a body of another length than announced. Not called while the client reads slowly.
    virtual State produce(std::string& out, std::size_t atMost) = 0;
    /// The connection is gone, or the body was sent (all of it handed to the connection; what has reached the
    /// client nobody knows); called once, last, from the thread of HttpExchange::answer() if the connection was
    /// gone by then. An answer without a body (to HEAD, say) ends without start() and was not sent.
    virtual void onEnd(bool isSent) { (void)isSent; }
};

struct HttpResponse {
    int status = 200;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    /// If set, called on the worker pool until it returns nullopt, one piece at a time and only when the
    /// client can take it. The pieces follow `body` and are sent as they come, chunked; what it throws cuts
    /// the connection.
    std::function<std::optional<std::string>()> stream{};
    /// If set, the body: `body` and `stream` are not looked at.
    std::optional<FileBody> file{};
    /// If set, the body (before `file`, `stream`, `body`): sent as it is produced; with `length` as
    /// Content-Length, else chunked.
    std::shared_ptr<BodyProducer> producer{};
    std::optional<std::uint64_t> length{};  ///< of what `producer` makes, bytes
};

/// Runs on the worker pool. Throwing Error answers with its status and a JSON error object.
using RouteHandler = std::function<HttpResponse(const Request&, const HttpRequest&)>;

/// One request that is answered when the plugin has an answer. Any thread. The body may still be read while the
/// answer is sent; when the answer has ended first, the connection is closed.
class TRELLIS_API HttpExchange {
public:
    virtual ~HttpExchange();  ///< unanswered: 500
    /// Who asks, as RouteHandler's first argument; the deadline is the plugin's to keep.
    virtual const Request& caller() const = 0;
    virtual const HttpRequest& request() const = 0;  ///< `body` is empty
    /// Null: the request has none. Belongs to the exchange.
    virtual BodyReader* body() = 0;
    /// The first answer counts, later ones are ignored (their producer ends at once, not sent).
    virtual void answer(HttpResponse response) = 0;
    /// The same with the error's status and a JSON error object, as RouteHandler's throw.
    virtual void fail(const Error& why) = 0;
    /// Long work may stop early. While nothing is read or sent a client that closes in order is not noticed.
    virtual bool isPeerGone() const = 0;
};

/// Runs on the worker pool, before the body is read; may keep the exchange and return. Throwing Error answers
/// with it. When the plugin stops, open exchanges are answered 503, reads fail and answers under way are cut.
using ExchangeHandler = std::function<void(std::shared_ptr<HttpExchange>)>;

}  // namespace trellis::sdk
