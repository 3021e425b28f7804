// Natives: what machine this is and who uses it.
#include "agent/script/natives.hpp"

#include "agent/base/fd.hpp"
#include "agent/platform/linux/facts.hpp"
#include "agent/script/host.hpp"
#include "agent/script/json.hpp"
#include "agent/script/text.hpp"
#include "agent/service/environment.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <pwd.h>
#include <unistd.h>

namespace trellis::device {
namespace {

void systemText(ScriptHost& host) noexcept {
    JsonObject out;
    out.text("osName", platform::osName()).text("arch", platform::archName());
    out.text("hostname", platform::hostName()).text("execPath", platform::programPath());
    out.number("pid", ::getpid()).number("uid", ::geteuid());
    host.result() = toScript(out.end());
}

duk_ret_t pushResultJson(duk_context* context) {
    const auto& text = ScriptHost::of(context).result();
    duk_push_lstring(context, text.data(), text.size());
    duk_json_decode(context, -1);
    return 1;
}

duk_ret_t systemInfo(duk_context* context) {
    systemText(ScriptHost::of(context));
    return pushResultJson(context);
}

/// Shape: protocol 4.7, netinfo.
void interfacesText(ScriptHost& host) noexcept {
    JsonObject out;
    for (const auto& each : platform::interfaces()) {
        std::string list;
        for (const auto& address : each.addresses) {
            JsonObject entry;
            entry.text("address", address.address).text("family", address.family);
            entry.text("netmask", address.netmask).text("mac", each.mac);
            entry.text("type", each.type).text("status", each.status);
            if (!each.gateway.empty() && address.family == "IPv4") {
                entry.text("gateway", each.gateway);
            }
            list += (list.empty() ? "" : ",") + entry.end();
        }
        out.raw(each.name, '[' + list + ']');
    }
    host.result() = toScript(out.end());
}

duk_ret_t networkInterfaces(duk_context* context) {
    interfacesText(ScriptHost::of(context));
    return pushResultJson(context);
}

void environmentText(ScriptHost& host) noexcept {
    JsonObject out;
    for (char** each = environ; each != nullptr && *each != nullptr; ++each) {
        const std::string_view line(*each);
        const auto mark = line.find('=');
        if (mark != std::string_view::npos) out.text(line.substr(0, mark), line.substr(mark + 1));
    }
    host.result() = toScript(out.end());
}

duk_ret_t environmentOfAgent(duk_context* context) {
    environmentText(ScriptHost::of(context));
    return pushResultJson(context);
}

bool userText(ScriptHost& host, uid_t id) noexcept {
    const auto user = findUser(id);
    if (!user) return false;
    JsonObject out;
    out.number("uid", user->id).number("gid", user->group).text("name", user->name);
    out.text("home", user->home).text("shell", user->shell);
    host.result() = toScript(out.end());
    return true;
}

/// user(uid): {uid, gid, name, home, shell} or undefined.
duk_ret_t user(duk_context* context) {
    const auto id = duk_require_uint(context, 0);
    return userText(ScriptHost::of(context), id) ? pushResultJson(context) : 0;
}

/// userId(name): number or undefined.
duk_ret_t userId(duk_context* context) {
    const char* name = duk_require_string(context, 0);
    passwd entry{};
    passwd* found = nullptr;
    char buffer[16384];
    if (::getpwnam_r(name, &entry, buffer, sizeof buffer, &found) != 0 || found == nullptr) return 0;
    duk_push_uint(context, entry.pw_uid);
    return 1;
}

/// killProcess(pid, signal): for processes that the script did not start. Never the agent itself, its
/// group, init, or groups by negative numbers.
duk_ret_t killProcess(duk_context* context) {
    const int pid = duk_require_int(context, 0);
    const int number = duk_get_int_default(context, 1, SIGTERM);
    if (pid <= 1 || pid == ::getpid()) {
        return duk_error(context, DUK_ERR_RANGE_ERROR, "process %d is not to be ended", pid);
    }
    duk_push_boolean(context, ::kill(pid, number) == 0);
    return 1;
}

struct Datagram {
    const char* from;
    const char* to;
    int port;
    std::string_view data;
    bool isBroadcast;
};

bool sendDatagram(ScriptHost& host, const Datagram& what) noexcept {
    sockaddr_in local{}, remote{};
    local.sin_family = remote.sin_family = AF_INET;
    remote.sin_port = htons(static_cast<std::uint16_t>(what.port));
    if (::inet_pton(AF_INET, what.from, &local.sin_addr) != 1 ||
        ::inet_pton(AF_INET, what.to, &remote.sin_addr) != 1) {
        host.error() = "dgram: expected IPv4 addresses";
        return false;
    }
    const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = what.isBroadcast ? 1 : 0;
    const bool isSent =
        fd && ::setsockopt(fd.get(), SOL_SOCKET, SO_BROADCAST, &on, sizeof on) == 0 &&
        ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&local), sizeof local) == 0 &&
        ::sendto(fd.get(), what.data.data(), what.data.size(), MSG_NOSIGNAL,
                 reinterpret_cast<const sockaddr*>(&remote), sizeof remote) >= 0;
    if (!isSent) host.error() = std::string("dgram: ") + std::strerror(errno);
    return isSent;
}

/// datagramSend(local address, address, port, data, isBroadcast): one UDP datagram over IPv4.
duk_ret_t datagramSend(duk_context* context) {
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 3, &size, &isText);
    const Datagram what{duk_require_string(context, 0), duk_require_string(context, 1),
                        duk_require_int(context, 2), {data, size},
                        duk_to_boolean(context, 4) != 0};
    if (what.port < 1 || what.port > 65535) {
        return duk_error(context, DUK_ERR_RANGE_ERROR, "dgram: port %d", what.port);
    }
    return sendDatagram(ScriptHost::of(context), what) ? 0 : throwError(context);
}

constexpr NativeFunction kFunctions[] = {
    {"systemInfo", systemInfo, 0},
    {"networkInterfaces", networkInterfaces, 0},
    {"environment", environmentOfAgent, 0},
    {"user", user, 1},
    {"userId", userId, 1},
    {"killProcess", killProcess, 2},
    {"datagramSend", datagramSend, 5},
    {nullptr, nullptr, 0},
};
}  // namespace

void addSystemNatives(duk_context* context) { addFunctions(context, kFunctions); }

}  // namespace trellis::device
