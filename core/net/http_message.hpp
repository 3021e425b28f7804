/// HTTP/1.1 messages as values (RFC 9110, RFC 9112).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/net/address.hpp"
#include "core/net/connection.hpp"

namespace trellis::net {

/// Ordered header fields; names compare without regard to case.
class Headers {
public:
    using Field = std::pair<std::string, std::string>;

    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }
    /// First value, "" if absent.
    std::string_view get(std::string_view name) const noexcept;
    const std::string* find(std::string_view name) const noexcept;
    std::size_t count(std::string_view name) const noexcept;
    /// True if the comma-separated list in all fields called `name` holds `token` (any case).
    bool hasToken(std::string_view name, std::string_view token) const noexcept;
    void add(std::string name, std::string value);      ///< keeps what is there
    void set(std::string_view name, std::string value); ///< replaces what is there
    void remove(std::string_view name);
    void reserve(std::size_t count) { fields_.reserve(count); }
    std::size_t size() const noexcept { return fields_.size(); }
    auto begin() const noexcept { return fields_.begin(); }
    auto end() const noexcept { return fields_.end(); }

private:
    std::vector<Field> fields_;
};

/// Decoded name=value pairs of a query or form, in order; names compare exactly.
class Query {
public:
    /// `plusIsSpace`: as application/x-www-form-urlencoded. A wrong %-sequence is kept as it
    /// stands: agents send raw '@', '$' and '=' in values.
    static Query parse(std::string_view text, bool plusIsSpace = true);
    bool has(std::string_view name) const noexcept;
    std::string_view get(std::string_view name) const noexcept; ///< first value, "" if absent
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    std::vector<std::string_view> all(std::string_view name) const;
    /// Nothing if absent, not entirely decimal digits (with '-'), or out of range.
    std::optional<std::int64_t> integer(std::string_view name) const noexcept;
    void add(std::string name, std::string value);
    std::size_t size() const noexcept { return pairs_.size(); }
    auto begin() const noexcept { return pairs_.begin(); }
    auto end() const noexcept { return pairs_.end(); }

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

/// A request body that is pulled piece by piece (routes with BodyMode::Streamed). Any thread.
class BodyStream {
public:
    enum class End : std::uint8_t { More = 1, Done, Failed };
    using Next = std::function<void(std::string piece, End end)>;
    virtual ~BodyStream() = default;
    /// Calls `next` once with the next piece (up to 256 KiB), on the connection's loop. No
    /// more than that is read ahead of who asks. One call at a time; after Done or Failed none.
    virtual void read(Next next) = 0;
};

struct HttpRequest {
    std::string method; ///< "GET", ... as sent (case matters, RFC 9110 section 9.1)
    std::string target; ///< as sent
    std::vector<std::string>
        segments;     ///< of the path, percent-decoded; "/a/b" is {"a","b"}, "/" is {""}
    std::string path; ///< segments joined; a '/' inside a segment stays %2F
    Query query;
    Query params;       ///< values of the route's {name} segments
    std::string tenant; ///< whose door it came through (net/tenants.hpp), "" the default one
    std::string prefix; ///< "/<tenant>", taken off the front of path and segments, or ""
    Headers headers;
    std::string body;                   ///< empty for streamed bodies
    std::shared_ptr<BodyStream> stream; ///< only for streamed bodies
    Address peer;                       ///< after trusted-proxy resolution
    ConnectionInfo connection;

    std::string_view header(std::string_view name) const noexcept { return headers.get(name); }
    /// Value of a cookie (RFC 6265 section 4.2), nothing if absent; the first if sent twice.
    std::optional<std::string_view> cookie(std::string_view name) const noexcept;
    std::string_view host() const noexcept { return headers.get("Host"); } ///< may carry a port
    /// True if Origin is absent or names the same host and port as Host over https (or http for a
    /// plain connection that a trusted proxy doesn't declare as https).
    bool isSameOrigin() const noexcept;
    bool isSecure = false; ///< TLS here, or at the trusted proxy in front of us
};

/// A response body that becomes available over time. Called on the connection's loop; must not
/// block.
class BodyProducer {
public:
    enum class State : std::uint8_t { Data = 1, Wait, End, Failed };
    virtual ~BodyProducer() = default;
    /// Called once before anything else; `wake` makes produce() be called again after Wait and may
    /// be called from any thread, any number of times, also when the connection is gone.
    virtual void start(std::function<void()> wake) { (void)wake; }
    /// Appends at most `atMost` bytes to `out`. Failed cuts the connection so that the client sees
    /// an incomplete answer. Not called while the client reads slowly.
    virtual State produce(std::string& out, std::size_t atMost) = 0;
};

/// Part of an open file; the descriptor is closed with the last copy.
struct FileBody {
    std::shared_ptr<const int> fd;
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
};

struct ProducedBody {
    std::shared_ptr<BodyProducer> producer;
    std::optional<std::uint64_t> length; ///< unknown: sent chunked
};

struct HttpResponse {
    int status = 200;
    /// Content-Length, Transfer-Encoding, Connection and Date are made by the server. The security
    /// headers of HttpServerOptions are added unless the field is already here; an empty value
    /// leaves the field out.
    Headers headers;
    std::variant<std::string, std::shared_ptr<const std::string>, FileBody, ProducedBody> body;
    bool closeConnection = false;

    static HttpResponse text(int status, std::string body,
                             std::string_view contentType = "text/plain; charset=utf-8");
    static HttpResponse json(int status, std::string body);
    static HttpResponse html(int status, std::string body);
    static HttpResponse empty(int status);
    static HttpResponse redirect(std::string location, int status = 303);
    /// {"error":{"code":...,"message":...,"field":...}} with the status of the code.
    static HttpResponse error(const std::exception& reason);
    HttpResponse& with(std::string_view name, std::string value) {
        headers.set(name, std::move(value));
        return *this;
    }
};

/// Reason phrase of RFC 9110 section 15, "" if unknown.
std::string_view reasonPhrase(int status) noexcept;

/// Percent-decodes; nothing if a '%' isn't followed by two hex digits.
std::optional<std::string> percentDecode(std::string_view text);

/// Set-Cookie value: `__Host-` rules when the name says so (Secure, Path=/), HttpOnly always.
struct SetCookie {
    std::string name;
    std::string value; ///< printable ASCII without space, quote, comma, semicolon and backslash
    std::optional<std::int64_t> maxAgeSeconds; ///< none: session cookie; 0 deletes
    std::string_view sameSite = "Lax";         ///< "Lax", "Strict" or "None"
    std::string path = "/";
    bool isSecure = true;
    std::string text() const; ///< throws sdk::Error{InvalidArgument} for characters not allowed
};

} // namespace trellis::net
