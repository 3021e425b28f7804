/// Who may use whose files on the server (control-protocol 3.5).
#pragma once

#include "core/api/context.hpp"
#include "core/api/files/file_store.hpp"

namespace trellis::api {

/// Throws Error{Forbidden} without the site right for files.
void requireFileRight(const sdk::Caller& caller);
/// The caller's own area, or that of a group whose files he may use. Throws Error{Forbidden}.
FileArea fileArea(const Context& context, const sdk::Request& request, const std::string& id);
/// `names`: id of the area, then folders. Throws as above, and Error{InvalidArgument} without an area.
FilePlace filePlace(const Context& context, const sdk::Request& request,
                    std::vector<std::string> names);
/// The same with the parts of a link of the wire: "user//anna/folder/...". The last one is `last`.
struct LinkParts {
    std::vector<std::string> names; ///< id of the area, then folders
    std::string last;
};
/// Nothing if it names no area and nothing in it.
std::optional<LinkParts> linkParts(std::string_view link);

} // namespace trellis::api
