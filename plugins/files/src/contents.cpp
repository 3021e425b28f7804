#include "contents.hpp"

#include <algorithm>
#include <charconv>
#include <vector>

#include <trellis/sdk/schema.hpp>
#include <trellis/wire/hash.hpp>
#include <trellis/wire/text.hpp>

#include "download.hpp"
#include "requirement.hpp"
#include "upload.hpp"

namespace files {

using namespace trellis::sdk;
namespace wire = trellis::wire;

namespace {

constexpr const char* kPath = "/plugins/files/content";
constexpr std::uint64_t kMostBytes = 1ULL << 50U;
constexpr std::size_t kMaxPath = 4096, kKeyDigits = 24;
constexpr Seconds kRemembered{60};

std::string newKey() {
    return wire::encodeHex(wire::ByteView(wire::randomNonce()).first(kKeyDigits / 2), wire::HexCase::Lower);
}

std::string queryOf(const HttpRequest& request, const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
}

std::string headerOf(const HttpRequest& request, const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
}

bool isKey(std::string_view text) {
    return text.size() == kKeyDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Decimal digits and nothing else.
std::optional<std::uint64_t> wholeNumber(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size() || value > kMostBytes) return std::nullopt;
    return value;
}

/// Where "bytes=N-" begins (RFC 9110, section 14.1.2); other ranges may be ignored, and are: 0.
std::uint64_t rangeStart(std::string_view range) {
    constexpr std::string_view kUnit = "bytes=";
    if (!range.starts_with(kUnit) || !range.ends_with('-')) return 0;
    range.remove_prefix(kUnit.size());
    range.remove_suffix(1);
    return wholeNumber(range).value_or(0);
}

Schema transferArgs() {
    return Schema::object()
        .prop("transfer", Schema::string().range(kKeyDigits, kKeyDigits), "The transfer's key.")
        .required({"transfer"});
}

Schema transferResult() {
    return Schema::object()
        .prop("state", Schema::oneOf({"running", "waiting", "done", "failed"}), "\"waiting\": for the device to come back.")
        .prop("atBytes", Schema::integer().range(0, INT64_MAX).unit("bytes"), "That have arrived.")
        .prop("sizeBytes", Schema::integer().range(0, INT64_MAX).unit("bytes"), "Of the file; 0 until it is known.")
        .prop("error", Schema::string(), "Why it failed.")
        .prop("code", Schema::string(), "The same in a word: exists, changed, hash, offset, gone, cancelled, or an error code.")
        .prop("sha256", Schema::string(), "Of the file, once it is over and known.")
        .required({"state", "atBytes", "sizeBytes"});
}

}  // namespace

void Contents::declare(Registrar& reg, std::unique_ptr<Contents>& self) {
    reg.exchange({.method = "GET", .path = kPath, .access = RouteAccess::ApiToken, .requires_ = kMayUse},
                 [&self](std::shared_ptr<HttpExchange> exchange) { self->get(exchange); });
    reg.exchange({.method = "PUT",
                  .path = kPath,
                  .access = RouteAccess::ApiToken,
                  .requires_ = kMayUse,
                  .bodyLimit = kMostBytes},
                 [&self](std::shared_ptr<HttpExchange> exchange) { self->put(exchange); });
    reg.command({.name = "files.transfer",
                 .summary = "How far a file is that is fetched or sent by HTTP.",
                 .args = transferArgs(),
                 .result = transferResult()},
                [&self](const Request& request, const json::object& args) -> json::value {
                    return self->find(request.caller, std::string(args.at("transfer").as_string()))->progress();
                });
    reg.command({.name = "files.transferStop",
                 .summary = "Ends a file that is fetched or sent by HTTP.",
                 .args = transferArgs(),
                 .result = Schema::object()},
                [&self](const Request& request, const json::object& args) -> json::value {
                    self->find(request.caller, std::string(args.at("transfer").as_string()))->stop();
                    return json::object{};
                });
}

Order Contents::orderOf(const HttpExchange& exchange) const {
    const auto& http = exchange.request();
    // Another site's link must not make a signed-in browser open sessions.
    const auto site = headerOf(http, "sec-fetch-site");
    if (!site.empty() && site != "same-origin" && site != "none")
        throw Error(ErrorCode::Forbidden, "a request of another site");
    Order order;
    order.caller = exchange.caller().caller;
    order.deviceId = exchange.caller().deviceId;
    order.path = queryOf(http, "path");
    order.session = queryOf(http, "session");
    order.key = queryOf(http, "transfer");
    if (order.path.empty() || order.path.size() > kMaxPath || order.path.find('\0') != std::string::npos)
        throw Error(ErrorCode::InvalidArgument, "expected a path of 1 to 4096 bytes", "/path");
    if (order.key.empty()) order.key = newKey();
    if (!isKey(order.key)) throw Error(ErrorCode::InvalidArgument, "expected 24 hex digits", "/transfer");
    return order;
}

void Contents::get(const std::shared_ptr<HttpExchange>& exchange) {
    const auto& http = exchange->request();
    begin(std::make_shared<Download>(host_, orderOf(*exchange), exchange, rangeStart(headerOf(http, "range")),
                                     headerOf(http, "if-range")));
}

void Contents::put(const std::shared_ptr<HttpExchange>& exchange) {
    const auto& http = exchange->request();
    auto order = orderOf(*exchange);
    const auto length = wholeNumber(headerOf(http, "content-length"));
    if (!length) throw Error(ErrorCode::InvalidArgument, "a Content-Length is needed");
    const auto text = queryOf(http, "offset");
    const auto offset = text.empty() ? 0 : wholeNumber(text);
    if (!offset) throw Error(ErrorCode::InvalidArgument, "expected a number of bytes", "/offset");
    auto exists = queryOf(http, "exists");
    if (exists.empty()) exists = "replace";
    if (exists != "replace" && exists != "fail" && exists != "rename")
        throw Error(ErrorCode::InvalidArgument, "expected replace, fail or rename", "/exists");
    auto part = queryOf(http, "key");
    if (part.empty()) part = order.key;
    if (!isKey(part)) throw Error(ErrorCode::InvalidArgument, "expected 24 hex digits", "/key");
    begin(std::make_shared<Upload>(host_, std::move(order), exchange, *offset, *offset + *length,
                                   std::move(exists), std::move(part)));
}

void Contents::begin(const std::shared_ptr<Passage>& passage) {
    const auto& order = passage->order();
    all_.with([&](All& all) {
        std::size_t running = 0, own = 0;
        for (const auto& [key, other] : all) {
            if (other->isOver()) continue;
            ++running;
            own += other->order().caller.userId == order.caller.userId ? 1 : 0;
        }
        if (running >= kMost || all.size() >= 16 * kMost || own >= kMostOfOne)
            throw Error(ErrorCode::Unavailable, "too many files are being transferred");
        const auto found = all.find(order.key);
        if (found != all.end() && (!found->second->isOver() || found->second->order().caller.userId != order.caller.userId))
            throw Error(ErrorCode::Conflict, "a transfer of this key is running", "/transfer");
        all.insert_or_assign(order.key, passage);
    });
    passage->open();
}

std::shared_ptr<Passage> Contents::find(const Caller& caller, const std::string& key) const {
    auto passage = all_.with([&](const All& all) {
        const auto found = all.find(key);
        return found == all.end() ? nullptr : found->second;
    });
    if (!passage || (!caller.isLocalAdmin && passage->order().caller.userId != caller.userId))
        throw Error(ErrorCode::NotFound, "there is no such transfer", "/transfer");
    return passage;
}

void Contents::tick() {
    const auto now = Clock::now();
    std::vector<std::shared_ptr<Passage>> running;
    all_.with([&](All& all) {
        std::erase_if(all, [&](const auto& entry) {
            return entry.second->isOver() && now - entry.second->endedAt() > kRemembered;
        });
        for (const auto& [key, passage] : all)
            if (!passage->isOver()) running.push_back(passage);
    });
    for (const auto& passage : running) passage->tick(now);
}

}  // namespace files
