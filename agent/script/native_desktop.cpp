// Natives: the screen of the person at the machine.
#include "agent/script/natives.hpp"

#include "agent/platform/linux/desktop/find_display.hpp"
#include "agent/platform/linux/desktop/virtual_display.hpp"
#include "agent/script/desktop_handle.hpp"
#include "agent/script/json.hpp"
#include "agent/script/text.hpp"

namespace trellis::device {
namespace {

struct OpenArgs {
    int version;
    std::string_view codecs;  ///< separated by spaces
    bool isViewOnly;
    double user;  ///< below 0: the person at the screen
    bool startsVirtual;
    bool isQuiet;
};

HandleId openViewer(ScriptHost& host, const OpenArgs& args) noexcept {
    if (!host.mayAddHandle()) return 0;
    try {
        desktop::ViewerOptions options;
        options.version = args.version >= 1 ? 1 : 0;
        options.isViewOnly = args.isViewOnly;
        options.isQuiet = args.isQuiet;
        auto rest = args.codecs;
        while (!rest.empty()) {
            const auto end = std::min(rest.find(' '), rest.size());
            options.codecs.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        desktop::DesktopWish wish;
        if (args.user >= 0) wish.user = static_cast<uid_t>(args.user);
        wish.mayStartVirtual = args.startsVirtual;
        const auto id = host.nextId();
        host.addHandle(id, openDesktop(host, id, wish, options));
        return id;
    } catch (const std::exception& e) {
        host.error() = e.what();
        return 0;
    }
}

/// desktopOpen(version, codecs, viewOnly, user, startVirtual, quiet): id
duk_ret_t desktopOpen(duk_context* context) {
    OpenArgs args{};
    duk_size_t size = 0;
    args.version = duk_get_int_default(context, 0, 0);
    const char* codecs = duk_require_lstring(context, 1, &size);
    args.codecs = {codecs, size};
    args.isViewOnly = duk_to_boolean(context, 2) != 0;
    args.user = duk_get_number_default(context, 3, -1);
    args.startsVirtual = duk_to_boolean(context, 4) != 0;
    args.isQuiet = duk_to_boolean(context, 5) != 0;
    const auto id = openViewer(ScriptHost::of(context), args);
    if (id == 0) return throwError(context);
    duk_push_uint(context, id);
    return 1;
}

/// desktopControl(id, kind, text): clipboard, getclip, lock, autolock, blank.
duk_ret_t desktopControl(duk_context* context) {
    auto* handle = ScriptHost::of(context).handle(duk_require_uint(context, 0));
    duk_size_t kindSize = 0;
    duk_size_t size = 0;
    const char* kind = duk_require_lstring(context, 1, &kindSize);
    const char* text = duk_require_lstring(context, 2, &size);
    if (handle != nullptr) handle->control({kind, kindSize}, {text, size});
    return 0;
}

void infoText(ScriptHost& host) noexcept {
    std::string list;
    for (const auto& each : desktop::findDisplays()) {
        JsonObject display;
        display.text("name", each.name).number("uid", each.user).boolean("login", each.isLogin);
        list += (list.empty() ? "" : ",") + display.end();
    }
    JsonObject info;
    info.raw("displays", '[' + list + ']').boolean("canStartVirtual", desktop::canStartVirtual());
    host.result() = toScript(info.end());
}

/// desktopInfo(): {displays: [{name, uid, login}], canStartVirtual}
duk_ret_t desktopInfo(duk_context* context) {
    auto& host = ScriptHost::of(context);
    infoText(host);
    duk_push_lstring(context, host.result().data(), host.result().size());
    duk_json_decode(context, -1);
    return 1;
}

constexpr NativeFunction kFunctions[] = {
    {"desktopOpen", desktopOpen, 6},
    {"desktopControl", desktopControl, 3},
    {"desktopInfo", desktopInfo, 0},
    {nullptr, nullptr, 0},
};
}  // namespace

void addDesktopNatives(duk_context* context) { addFunctions(context, kFunctions); }

}  // namespace trellis::device
