#include "core/api/control/wire_actions.hpp"

#include <algorithm>
#include <array>

namespace trellis::api {

namespace {

// Sorted. What guest sharing brings is not among them: those are silent where it is off
// (control-protocol 3.9).
constexpr std::array<std::string_view, 43> kActions{"addplugin",
                                                    "amt",
                                                    "amtsetupbin",
                                                    "confirmMessaging",
                                                    "confirmPhone",
                                                    "disableplugin",
                                                    "distributeCore",
                                                    "getpluginversions",
                                                    "importamtdevices",
                                                    "installplugin",
                                                    "meshamtpolicy",
                                                    "meshmessenger",
                                                    "oneclickrecovery",
                                                    "otp-hkey-get",
                                                    "otp-hkey-remove",
                                                    "otp-hkey-yubikey-add",
                                                    "otpauth-clear",
                                                    "otpauth-getpasswords",
                                                    "otpauth-request",
                                                    "otpauth-setup",
                                                    "otpdev-clear",
                                                    "otpdev-set",
                                                    "otpduo",
                                                    "otpemail",
                                                    "plugin",
                                                    "pluginLatestCheck",
                                                    "plugins",
                                                    "pushconsole",
                                                    "pushmessage",
                                                    "removeMessaging",
                                                    "removePhone",
                                                    "removeplugin",
                                                    "satellite",
                                                    "scanamtdevice",
                                                    "twoFactorCookie",
                                                    "uicustomevent",
                                                    "updateAgents",
                                                    "verifyMessaging",
                                                    "verifyPhone",
                                                    "verifyemail",
                                                    "webauthn-endregister",
                                                    "webauthn-startregister",
                                                    "webpush"};
static_assert(std::is_sorted(kActions.begin(), kActions.end()));

} // namespace

bool isOptionalWireAction(std::string_view action) noexcept {
    return std::binary_search(kActions.begin(), kActions.end(), action);
}

} // namespace trellis::api
