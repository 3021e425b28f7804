// updateUserImage (control-protocol 3.1).
#include "core/api/commands/user_image.hpp"

#include <array>

#include "core/api/commands/people.hpp"
#include "core/model/ids.hpp"
#include "core/store/random.hpp"

namespace trellis::api {

namespace {

constexpr std::int64_t kMostCharacters = 599'999; // "shorter than 600000"
constexpr std::uint32_t kHasImage = 1;            // control-protocol 4.4, user flags

struct Kind {
    std::string_view prefix, type, signature;
};
// PNG specification 5.2; ITU-T T.81, B.1.1.3 (SOI, then a marker).
constexpr std::array<Kind, 2> kKinds{
    Kind{"data:image/png;base64,", "image/png", "\x89PNG\r\n\x1a\n"},
    Kind{"data:image/jpeg;base64,", "image/jpeg", "\xff\xd8\xff"}};

/// Whose picture: the caller's own, or that of somebody he manages.
model::UserPtr subjectOf(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    const auto actor = actorOf(set.context, request);
    const auto id = maybeText(call.args(), "userid").value_or(request.caller.userId);
    if (actor && actor->id == id)
        return actor;
    const auto user =
        model::parseId(model::IdKind::User, id) ? set.context.directory.user(id) : nullptr;
    const bool may = user && hasSiteRight(request.caller, sdk::site_right::kManageUsers) &&
                     mayManageUser(request.caller, actor, *user);
    if (!may)
        throw Error(ErrorCode::Forbidden, "Access denied", "/userid");
    return user;
}

void updateImage(CommandSet& set, const WireCall& call) {
    const auto& request = call.request();
    if (request.caller.byLoginToken)
        throw Error(ErrorCode::Forbidden, "Access denied");
    const auto user = subjectOf(set, call);
    const auto image = maybeText(call.args(), "image").value_or("");
    if (!image.empty() && !parseUserImage(image))
        throw Error(ErrorCode::InvalidArgument, "Invalid image", "/image");
    set.context.sideDocuments.put(user->id, model::SideKind::Image, image);
    set.context.directory.updateUser(user->id, [&](model::User& one) {
        one.flags = image.empty() ? one.flags & ~kHasImage : one.flags | kHasImage;
    });
    auto event =
        userChangeEvent(set, request, user->id, 66, {user->name}, "Account changed: " + user->name);
    event.extra["accountImageChange"] = 1;
    set.context.events.record(std::move(event));
    call.result("ok");
}

} // namespace

std::optional<UserImage> parseUserImage(std::string_view dataUrl) {
    for (const auto& kind : kKinds) {
        if (!dataUrl.starts_with(kind.prefix))
            continue;
        const auto bytes = store::fromBase64(dataUrl.substr(kind.prefix.size()));
        if (bytes && bytes->starts_with(kind.signature))
            return UserImage{std::string(kind.type), *bytes};
    }
    return std::nullopt;
}

void addUserImageCommand(CommandSet& set) {
    WireSpec spec;
    spec.command.name = "updateUserImage";
    spec.command.summary = "Sets or removes the picture of an account.";
    spec.command.audited = true;
    // Secret: half a megabyte has no place in the audit trail.
    const auto picture = Schema::string().range(1, kMostCharacters).secret();
    spec.command.args = wireArgs()
                            .prop("image", Schema::anyOf({Schema::integer().range(0, 0), picture}),
                                  "PNG or JPEG as a data: URL, 0 to remove it.")
                            .prop("userid", idText(), "Whose, by full id; the caller's own.")
                            .required({"image"});
    spec.fieldTexts = {{"image", "Invalid image"}, {"userid", "Access denied"}};
    set.wire(std::move(spec), [&set](const WireCall& call) { updateImage(set, call); });
}

} // namespace trellis::api
