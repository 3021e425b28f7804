#include "downloads.hpp"

#include "opened_file.hpp"

namespace recording {

using namespace trellis::sdk;

namespace {

template <class Map> std::string textOf(const Map& from, const char* name) {
    const auto found = from.find(name);
    return found == from.end() ? std::string() : found->second;
}

void noteDownload(Host& host, const Request& request, const Entry& entry) {
    host.audit({request.caller.userId, request.caller.address, entry.domain, "recording.download", entry.id,
                {{"file", entry.name}}, "ok"});
}

HttpResponse basics(int status) {
    HttpResponse answer;
    answer.status = status;
    answer.headers = {{"Content-Type", "application/octet-stream"},
                      {"Cache-Control", "private, no-store"},
                      {"Accept-Ranges", "bytes"}};
    return answer;
}

/// The whole file is a download; parts are what players read.
HttpResponse serve(const Parts& parts, const Request& request, const HttpRequest& http, const Entry& entry) {
    auto file = openFile(parts.recorder().pathOf(entry));
    const auto range = parseRange(textOf(http.headers, "range"), file.size);
    if (!range) {
        noteDownload(parts.host(), request, entry);
        auto answer = basics(200);
        answer.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + entry.name + "\"");
        answer.file = FileBody{std::move(file.fd), 0, file.size};
        return answer;
    }
    const auto size = std::to_string(file.size);
    if (range->first > range->last) {
        auto answer = basics(416);
        answer.headers.emplace_back("Content-Range", "bytes */" + size);
        return answer;
    }
    if (range->first == 0 && range->last + 1 == file.size) {
        noteDownload(parts.host(), request, entry);
    } else {
        parts.noteReading(request.caller, entry);
    }
    auto answer = basics(206);
    answer.headers.emplace_back("Content-Range", "bytes " + std::to_string(range->first) + "-" +
                                                     std::to_string(range->last) + "/" + size);
    answer.file = FileBody{std::move(file.fd), range->first, range->last - range->first + 1};
    return answer;
}

HttpResponse byName(const Parts& parts, const Request& request, const HttpRequest& http) {
    const auto name = textOf(http.query, "file");
    const auto entry = mcrec::isFileName(name)
                           ? parts.recorder().store().byName(request.caller.domain, name)
                           : std::optional<Entry>();
    if (!entry || entry->state == "removed") throw Error(ErrorCode::NotFound, "no such recording");
    return serve(parts, request, http, *entry);
}

}  // namespace

void declareDownloads(Registrar& reg, const Parts& parts) {
    reg.route({.method = "GET", .path = "/recordings.ashx", .access = RouteAccess::ApiToken, .requires_ = kViewers},
              [parts](const Request& request, const HttpRequest& http) { return byName(parts, request, http); });
    reg.route({.method = "GET",
               .path = "/plugins/recording/file/{id}",
               .access = RouteAccess::ApiToken,
               .requires_ = kViewers},
              [parts](const Request& request, const HttpRequest& http) {
                  return serve(parts, request, http,
                               presentEntry(parts.recorder().store(), request.caller,
                                            textOf(http.segments, "id")));
              });
}

}  // namespace recording
