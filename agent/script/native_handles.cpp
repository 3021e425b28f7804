// Natives: timers, connections, processes. Each is known to the script by a number.
#include "agent/script/natives.hpp"

#include "agent/script/host.hpp"
#include "agent/script/process_handle.hpp"
#include "agent/script/text.hpp"
#include "agent/script/web_handle.hpp"

#include <csignal>

namespace trellis::device {
namespace {

// ---- timers ----

class TimerHandle : public Handle {
public:
    TimerHandle(ScriptHost& host, HandleId id, Milliseconds delay, bool isRepeated)
        : host_(host), id_(id), delay_(delay), isRepeated_(isRepeated), timer_(host.loop()) {
        plan();
    }

private:
    void plan() {
        timer_.start(delay_, [this] {
            // Planned first: the script may clear it, which removes this object.
            if (isRepeated_) {
                plan();
            } else {
                host_.removeHandle(id_);
            }
            host_.emit(id_, "timeout");
        });
    }
    ScriptHost& host_;
    HandleId id_;
    Milliseconds delay_;
    bool isRepeated_;
    Timer timer_;
};

HandleId startTimer(ScriptHost& host, double delay, bool isRepeated) noexcept {
    constexpr double kLongest = 2147483647.0;
    if (!host.mayAddHandle()) return 0;
    const double bounded = delay >= 0 && delay <= kLongest ? delay : delay > kLongest ? kLongest : 0;
    // A repeated timer of 0 ms would leave no time for anything else.
    const auto wait = Milliseconds(std::max<long>(static_cast<long>(bounded), isRepeated ? 1 : 0));
    const auto id = host.nextId();
    host.addHandle(id, std::make_unique<TimerHandle>(host, id, wait, isRepeated));
    return id;
}

duk_ret_t timerStart(duk_context* context) {
    const double delay = duk_get_number_default(context, 0, 0);
    const auto id = startTimer(ScriptHost::of(context), delay, duk_to_boolean(context, 1) != 0);
    if (id == 0) return throwError(context);
    duk_push_uint(context, id);
    return 1;
}

// ---- connections ----

std::vector<std::string> split(std::string_view text, char mark) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto end = std::min(text.find(mark), text.size());
        parts.push_back(fromScript(text.substr(0, end)));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

struct WebArgs {
    const char* url;
    const char* method;
    std::string_view headers;  ///< name, line end, value, line end ...
    std::string_view body;
    bool isChain;
    bool isVerified;
};

bool isLine(std::string_view text) {
    return text.find_first_of("\r\n") == std::string_view::npos &&
           text.find('\0') == std::string_view::npos;
}

HandleId openRequest(ScriptHost& host, const WebArgs& args) noexcept {
    const auto url = parseUrl(fromScript(args.url));
    const std::string method(args.method);
    if (!url || method.empty() || method.find_first_of(" \r\n") != std::string::npos) {
        host.error() = url ? "wrong HTTP method" : "not an http, https, ws or wss address";
        return 0;
    }
    WebRequest request;
    request.url = *url;
    request.method = method;
    const auto lines = split(args.headers, '\n');
    for (std::size_t i = 0; i + 1 < lines.size(); i += 2) {
        if (!isLine(lines[i]) || !isLine(lines[i + 1])) {
            host.error() = "a header has a line end in it";
            return 0;
        }
        request.headers.emplace_back(lines[i], lines[i + 1]);
    }
    request.body = std::string(args.body);
    request.trust = args.isChain ? Trust::Chain : Trust::Any;
    request.isVerified = args.isVerified;
    // The way that works for the control channel works for tunnels to the same server.
    const auto channel = parseUrl(host.services().server().url);
    if (channel && channel->host == url->host && channel->port == url->port) {
        request.proxy = host.services().proxy();
    }
    if (!host.mayAddHandle()) return 0;
    const auto id = host.nextId();
    host.addHandle(id, openWeb(host, id, std::move(request)));
    return id;
}

/// webOpen(url, method, headers, body or null, checkChain, askScript): id
duk_ret_t webOpen(duk_context* context) {
    WebArgs args{};
    args.url = duk_require_string(context, 0);
    args.method = duk_require_string(context, 1);
    duk_size_t size = 0;
    const char* headers = duk_require_lstring(context, 2, &size);
    args.headers = {headers, size};
    if (!duk_is_null_or_undefined(context, 3)) {
        bool isText = false;
        const char* body = requireData(context, 3, &size, &isText);
        args.body = {body, size};
    }
    args.isChain = duk_to_boolean(context, 4) != 0;
    args.isVerified = duk_to_boolean(context, 5) != 0;
    const auto id = openRequest(ScriptHost::of(context), args);
    if (id == 0) return throwError(context);
    duk_push_uint(context, id);
    return 1;
}

HandleId openConnection(ScriptHost& host, const char* name, double port, bool isSecure,
                        bool isChain, bool isVerified) noexcept {
    if (port < 1 || port > 65535 || *name == '\0') {
        host.error() = "expected a host name and a port from 1 to 65535";
        return 0;
    }
    if (!host.mayAddHandle()) return 0;
    TcpRequest request;
    request.host = fromScript(name);
    request.port = static_cast<std::uint16_t>(port);
    request.isSecure = isSecure;
    request.trust = isChain ? Trust::Chain : Trust::Any;
    request.isVerified = isVerified;
    const auto id = host.nextId();
    host.addHandle(id, openTcp(host, id, request));
    return id;
}

/// tcpOpen(host, port, secure, checkChain, askScript): id
duk_ret_t tcpOpen(duk_context* context) {
    const char* name = duk_require_string(context, 0);
    const double port = duk_require_number(context, 1);
    const auto id = openConnection(ScriptHost::of(context), name, port,
                                   duk_to_boolean(context, 2) != 0, duk_to_boolean(context, 3) != 0,
                                   duk_to_boolean(context, 4) != 0);
    if (id == 0) return throwError(context);
    duk_push_uint(context, id);
    return 1;
}

// ---- processes ----

struct SpawnArgs {
    const char* path;
    std::string_view args;         ///< NUL between them
    std::string_view environment;  ///< NAME=value, NUL between them
    const char* folder;
    int kind;     ///< 0 pipes, 3 terminal, 4 detached, as MeshAgent's SpawnTypes
    double user;  ///< below 0: the agent's own
    double rows;
    double columns;
};

unsigned short cells(double count, unsigned short standard) {
    return count >= 1 && count <= 1000 ? static_cast<unsigned short>(count) : standard;
}

HandleId spawnProgram(ScriptHost& host, const SpawnArgs& args) noexcept {
    constexpr int kTerminal = 3;
    constexpr int kDetached = 4;
    if (!host.mayAddHandle()) return 0;
    try {
        ProgramOptions options;
        options.path = fromScript(args.path);
        options.args = split(args.args, '\0');
        for (const auto& line : split(args.environment, '\0')) {
            const auto mark = line.find('=');
            if (mark != std::string::npos) {
                options.environment[line.substr(0, mark)] = line.substr(mark + 1);
            }
        }
        options.folder = fromScript(args.folder);
        options.isTerminal = args.kind == kTerminal;
        options.isDetached = args.kind == kDetached;
        if (args.user >= 0) options.user = static_cast<uid_t>(args.user);
        options.rows = cells(args.rows, options.rows);
        options.columns = cells(args.columns, options.columns);
        const auto id = host.nextId();
        host.addHandle(id, openProcess(host, id, options));
        return id;
    } catch (const std::exception& e) {
        host.error() = e.what();
        return 0;
    }
}

/// spawn(path, args, environment, folder, kind, user, rows, columns): id
duk_ret_t spawn(duk_context* context) {
    SpawnArgs args{};
    duk_size_t size = 0;
    args.path = duk_require_string(context, 0);
    const char* list = duk_require_lstring(context, 1, &size);
    args.args = {list, size};
    const char* environment = duk_require_lstring(context, 2, &size);
    args.environment = {environment, size};
    args.folder = duk_require_string(context, 3);
    args.kind = duk_get_int_default(context, 4, 0);
    args.user = duk_get_number_default(context, 5, -1);
    args.rows = duk_get_number_default(context, 6, 0);
    args.columns = duk_get_number_default(context, 7, 0);
    const auto id = spawnProgram(ScriptHost::of(context), args);
    if (id == 0) return throwError(context);
    duk_push_uint(context, id);
    return 1;
}

// ---- on any of them ----

Handle* handleAt(duk_context* context) {
    return ScriptHost::of(context).handle(duk_require_uint(context, 0));
}

/// send(id, data): true while more may come, false to wait for "drain".
duk_ret_t send(duk_context* context) {
    auto* handle = handleAt(context);
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 1, &size, &isText);
    if (handle == nullptr) return 0;
    if (handle->queued() + size > kMaxHandleQueue) {
        return duk_error(context, DUK_ERR_ERROR, "the far end does not read: 16 MiB are waiting");
    }
    handle->send(isText, {data, size});
    duk_push_boolean(context, handle->queued() <= kHighWater);
    return 1;
}

duk_ret_t pause(duk_context* context) {
    auto* handle = handleAt(context);
    if (handle != nullptr) handle->pause(duk_to_boolean(context, 1) != 0);
    return 0;
}

duk_ret_t end(duk_context* context) {
    auto* handle = handleAt(context);
    if (handle != nullptr) handle->end();
    return 0;
}

/// close(id): at once and without further events. A process's group is ended.
duk_ret_t closeHandle(duk_context* context) {
    ScriptHost::of(context).removeHandle(duk_require_uint(context, 0));
    return 0;
}

duk_ret_t ping(duk_context* context) {
    auto* handle = handleAt(context);
    if (handle != nullptr) handle->ping();
    return 0;
}

duk_ret_t resize(duk_context* context) {
    auto* handle = handleAt(context);
    const double rows = duk_require_number(context, 1);
    const double columns = duk_require_number(context, 2);
    if (handle != nullptr) handle->resize(cells(rows, 25), cells(columns, 80));
    return 0;
}

duk_ret_t signal(duk_context* context) {
    auto* handle = handleAt(context);
    const int number = duk_get_int_default(context, 1, SIGTERM);
    if (handle != nullptr) handle->signal(number);
    return 0;
}

duk_ret_t pid(duk_context* context) {
    auto* handle = handleAt(context);
    duk_push_number(context, handle == nullptr ? 0 : static_cast<double>(handle->pid()));
    return 1;
}

duk_ret_t waitExit(duk_context* context) {
    auto* handle = handleAt(context);
    const double limit = duk_get_number_default(context, 1, 0);
    const bool hasExited =
        handle == nullptr || handle->waitForExit(limit > 0 && limit < 1e9 ? static_cast<long>(limit) : 0);
    duk_push_boolean(context, hasExited);
    return 1;
}

constexpr NativeFunction kFunctions[] = {
    {"timerStart", timerStart, 2}, {"webOpen", webOpen, 6}, {"tcpOpen", tcpOpen, 5},
    {"spawn", spawn, 8},           {"send", send, 2},       {"pause", pause, 2},
    {"end", end, 1},               {"close", closeHandle, 1}, {"ping", ping, 1},
    {"resize", resize, 3},         {"signal", signal, 2},   {"pid", pid, 1},
    {"waitExit", waitExit, 2},     {nullptr, nullptr, 0},
};
}  // namespace

void addHandleNatives(duk_context* context) { addFunctions(context, kFunctions); }

}  // namespace trellis::device
