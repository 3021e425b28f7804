#include "states.hpp"

#include <charconv>

#include "files_digest.hpp"
#include "jump_help.hpp"
#include "opened_file.hpp"
#include "picture_at.hpp"
#include "terminal_at.hpp"

namespace recording {

using namespace trellis::sdk;

namespace {

template <class Map> std::string textOf(const Map& from, const char* name) {
    const auto found = from.find(name);
    return found == from.end() ? std::string() : found->second;
}

std::int64_t millisecondsIn(const HttpRequest& http) {
    std::int64_t ms = 0;
    const auto text = textOf(http.query, "ms");
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
    if (error != std::errc{} || end != text.data() + text.size() || ms < 0 || ms >> 48 != 0) {
        throw Error(ErrorCode::InvalidArgument, "ms: expected a number of milliseconds");
    }
    return ms;
}

HttpResponse answer(std::string body) {
    HttpResponse out;
    out.status = 200;
    out.headers = {{"Content-Type", "application/octet-stream"},
                   {"Cache-Control", "private, no-store"}};
    out.body = std::move(body);
    return out;
}

Entry entryIn(const Parts& parts, const Request& request, const HttpRequest& http) {
    return presentEntry(parts.recorder().store(), request.caller, textOf(http.segments, "id"));
}

HttpResponse state(const Parts& parts, const Request& request, const HttpRequest& http) {
    const auto ms = millisecondsIn(http);
    const auto entry = entryIn(parts, request, http);
    const bool isDesktop = entry.protocol == protocol::kDesktop;
    if (!isDesktop && !protocol::isTerminal(entry.protocol))
        throw Error(ErrorCode::NotFound, "sessions of this kind have no states");
    const auto file = openFile(parts.recorder().pathOf(entry));
    parts.noteReading(request.caller, entry);
    const auto read = file.reader();
    const auto help =
        helpFor(entry, parts.recorder().pathOf(entry), parts.recorder().indexPathOf(entry));
    return answer(isDesktop ? pictureAt(read, file.size, help, ms)
                            : terminalAt(read, file.size, help, ms));
}

HttpResponse digest(const Parts& parts, const Request& request, const HttpRequest& http) {
    const auto entry = entryIn(parts, request, http);
    if (entry.protocol != protocol::kFiles)
        throw Error(ErrorCode::NotFound, "this is no files session");
    const auto file = openFile(parts.recorder().pathOf(entry));
    parts.noteReading(request.caller, entry);
    return answer(filesDigest(file.reader(), file.size));
}

} // namespace

void declareStates(Registrar& reg, const Parts& parts) {
    reg.route({.method = "GET",
               .path = "/plugins/recording/state/{id}",
               .access = RouteAccess::ApiToken,
               .requires_ = kViewers},
              [parts](const Request& request, const HttpRequest& http) {
                  return state(parts, request, http);
              });
    reg.route({.method = "GET",
               .path = "/plugins/recording/digest/{id}",
               .access = RouteAccess::ApiToken,
               .requires_ = kViewers},
              [parts](const Request& request, const HttpRequest& http) {
                  return digest(parts, request, http);
              });
}

} // namespace recording
