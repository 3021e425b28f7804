#include "core/api/http/user_image_route.hpp"

#include "core/api/commands/people.hpp"
#include "core/api/commands/user_image.hpp"

namespace trellis::api {

namespace {

std::optional<UserImage> imageFor(Context& context, const sdk::Caller& caller,
                                  std::string_view name) {
    const auto actor = context.directory.user(caller.userId);
    const auto user = name.empty() ? actor : context.directory.userByName(caller.domain, name);
    if (!user)
        return std::nullopt;
    const bool isOwn = actor && actor->id == user->id;
    const bool isManager = hasSiteRight(caller, sdk::site_right::kManageUsers);
    if (!isOwn && !(isManager && maySeeUser(caller, actor, *user)))
        return std::nullopt;
    const auto stored = context.sideDocuments.get(user->id, model::SideKind::Image);
    return stored ? parseUserImage(stored->text) : std::nullopt;
}

net::HttpResponse answer(Context& context, const HttpCallers& callers,
                         const net::HttpRequest& request) {
    const auto caller = callers.resolve(request, HttpCallers::Change::No);
    const auto image = imageFor(context, caller, request.query.get("id"));
    if (!image)
        return net::HttpResponse::text(404, "Not found\n");
    auto response = net::HttpResponse::text(200, image->bytes);
    response.headers.set("Content-Type", image->type);
    response.with("Cache-Control", "private, no-store");
    response.with("X-Content-Type-Options", "nosniff");
    return response;
}

} // namespace

net::Registration mountUserImage(net::Router& router, Context& context,
                                 const HttpCallers& callers) {
    net::RouteSpec spec;
    spec.path = "/userimage.ashx";
    return router.addSimple(spec, [&context, &callers](const net::HttpRequest& request) {
        try {
            return answer(context, callers, request);
        } catch (const sdk::Error& error) {
            return errorResponse(error);
        }
    });
}

} // namespace trellis::api
