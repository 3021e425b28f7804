#include "core/api/files/server_area.hpp"

#include "core/api/commands/support.hpp"

namespace trellis::api {

void requireFileRight(const sdk::Caller& caller) {
    if (caller.userId.empty() || !allows(caller.siteRights, sdk::site_right::kFileAccess))
        throw Error(ErrorCode::Forbidden, "Access denied");
}

FileArea fileArea(const Context& context, const sdk::Request& request, const std::string& id) {
    // `quota` of a record: bytes, absent or null for no limit.
    if (id == request.caller.userId) {
        const auto actor = actorOf(context, request);
        return {id, actor ? maybeNumber(actor->extra, "quota") : std::nullopt};
    }
    const auto target = id.starts_with("mesh/") ? groupTarget(context, request, id) : std::nullopt;
    const auto group = target ? context.directory.group(target->id) : nullptr;
    if (!group || !allows(target->access.rights, sdk::device_right::kServerFiles))
        throw Error(ErrorCode::Forbidden, "Access denied", "/path");
    return {group->id, maybeNumber(group->extra, "quota")};
}

FilePlace filePlace(const Context& context, const sdk::Request& request,
                    std::vector<std::string> names) {
    if (names.empty())
        throw Error(ErrorCode::InvalidArgument, "Invalid path");
    FilePlace place{fileArea(context, request, names.front()), {}};
    place.names.assign(names.begin() + 1, names.end());
    return place;
}

std::optional<LinkParts> linkParts(std::string_view link) {
    std::vector<std::string> parts(1);
    for (const char c : link) {
        if (c == '/')
            parts.emplace_back();
        else
            parts.back() += c;
        if (parts.size() > FileStore::kMaxDepth + 4)
            return std::nullopt;
    }
    if (parts.size() > 3 && parts.back().empty()) // a slash at the end
        parts.pop_back();
    if (parts.size() < 3 || (parts[0] != "user" && parts[0] != "mesh"))
        return std::nullopt;
    LinkParts found{{parts[0] + '/' + parts[1] + '/' + parts[2]}, {}};
    found.names.insert(found.names.end(), parts.begin() + 3, parts.end());
    if (found.names.size() > 1)
        found.last = found.names.back();
    return found;
}

} // namespace trellis::api
