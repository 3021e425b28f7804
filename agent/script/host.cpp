#include "agent/script/host.hpp"

#include "agent/base/log.hpp"
#include "agent/platform/linux/desktop/desktop_program.hpp"
#include "agent/platform/linux/desktop/find_display.hpp"
#include "agent/script/bundled.hpp"
#include "agent/script/natives.hpp"
#include "agent/script/text.hpp"

#include <cstdlib>
#include <cstring>

namespace trellis::device {
namespace {
/// Ours: MeshCentral's whole core with its modules takes about 12 MiB.
constexpr std::size_t kMemoryLimit = 96 * 1024 * 1024;
constexpr std::size_t kMaxHandles = 4096;
constexpr int kMaxReports = 20;
constexpr const char* kDispatch = "dispatch";

[[noreturn]] void onFatal(void*, const char* text) {
    // Duktape's own state is broken; only a fresh process helps, and a service manager makes one.
    log::error("script engine failed", {{"reason", text == nullptr ? "unknown" : text}});
    std::abort();
}

void* allocateBlock(void* host, duk_size_t size) {
    return static_cast<ScriptMemory*>(host)->allocate(size);
}
void* reallocateBlock(void* host, void* block, duk_size_t size) {
    return static_cast<ScriptMemory*>(host)->reallocate(block, size);
}
void releaseBlock(void* host, void* block) { static_cast<ScriptMemory*>(host)->release(block); }

void pushArg(duk_context* context, const EventArg& arg) {
    switch (arg.kind) {
    case EventArg::Kind::None: duk_push_undefined(context); return;
    case EventArg::Kind::Number: duk_push_number(context, arg.number); return;
    case EventArg::Kind::Bool: duk_push_boolean(context, arg.number != 0); return;
    case EventArg::Kind::Text: duk_push_lstring(context, arg.data, arg.size); return;
    case EventArg::Kind::Json:
        duk_push_lstring(context, arg.data, arg.size);
        duk_json_decode(context, -1);
        return;
    case EventArg::Kind::Bytes: {
        void* bytes = duk_push_fixed_buffer(context, arg.size);
        if (arg.size > 0) std::memcpy(bytes, arg.data, arg.size);
        duk_push_buffer_object(context, -1, 0, arg.size, DUK_BUFOBJ_NODEJS_BUFFER);
        duk_remove(context, -2);
        return;
    }
    }
}

struct EventCall {
    HandleId id;
    const char* event;
    EventArg first;
    EventArg second;
    bool result;
};

duk_ret_t runEvent(duk_context* context, void* data) {
    auto* call = static_cast<EventCall*>(data);
    duk_push_global_stash(context);
    duk_get_prop_string(context, -1, kDispatch);
    duk_push_uint(context, call->id);
    duk_push_string(context, call->event);
    pushArg(context, call->first);
    pushArg(context, call->second);
    duk_call(context, 4);
    call->result = duk_to_boolean(context, -1) != 0;
    return 0;
}

/// Runs the bundled module "runtime", whose exports.dispatch becomes the way in for events.
duk_ret_t runRuntime(duk_context* context, void*) {
    const char* source = nullptr;
    for (const auto* each = kBundledModules; each->name != nullptr; ++each) {
        if (std::strcmp(each->name, "runtime") == 0) source = each->source;
    }
    duk_push_string(context, "(function (native) {");
    duk_push_string(context, source);
    duk_push_string(context, "\n})");
    duk_concat(context, 3);
    duk_push_string(context, "runtime.js");
    duk_compile(context, DUK_COMPILE_EVAL);
    duk_call(context, 0);
    duk_push_object(context);
    addCoreNatives(context);
    addHandleNatives(context);
    addDesktopNatives(context);
    addFileNatives(context);
    addSystemNatives(context);
    duk_call(context, 1);
    duk_push_global_stash(context);
    duk_insert(context, -2);
    duk_put_prop_string(context, -2, kDispatch);
    return 0;
}

struct Source {
    const char* text;
    std::size_t size;
};

duk_ret_t runSource(duk_context* context, void* data) {
    const auto* source = static_cast<const Source*>(data);
    duk_push_string(context, "core.js");
    duk_compile_lstring_filename(context, DUK_COMPILE_EVAL, source->text, source->size);
    duk_call(context, 0);
    return 0;
}

duk_ret_t readAction(duk_context* context, void* data) {
    const auto* message = static_cast<const Source*>(data);
    duk_push_lstring(context, message->text, message->size);
    duk_json_decode(context, -1);
    if (!duk_is_object(context, -1)) return 0;
    duk_get_prop_string(context, -1, "action");
    return duk_is_string(context, -1) ? 1 : 0;
}
}  // namespace

ScriptHost::ScriptHost(Loop& loop, TlsContext& tls, ScriptServices& services, Watchdog* watchdog)
    : loop_(loop), tls_(tls), services_(services), watchdog_(watchdog), memory_(kMemoryLimit),
      desktops_(loop, desktop::findDesktopProgram, desktop::kScreenPatience, desktop::displaySituation) {}

ScriptHost::~ScriptHost() {
    *alive_ = false;
    stop();
}

ScriptHost& ScriptHost::of(duk_context* context) {
    duk_push_global_stash(context);
    duk_get_prop_string(context, -1, "host");
    auto* host = static_cast<ScriptHost*>(duk_get_pointer(context, -1));
    duk_pop_2(context);
    return *host;
}

bool ScriptHost::createHeap() {
    context_ = duk_create_heap(allocateBlock, reallocateBlock, releaseBlock, &memory_, onFatal);
    if (context_ == nullptr) {
        report("the script engine has no memory");
        return false;
    }
    duk_push_global_stash(context_);
    duk_push_pointer(context_, this);
    duk_put_prop_string(context_, -2, "host");
    duk_pop(context_);
    return run(runRuntime, nullptr);
}

bool ScriptHost::start(std::string_view source) {
    stop();
    const auto text = toScript(source);
    if (!createHeap()) {
        stop();
        return false;
    }
    Source whole{text.data(), text.size()};
    return run(runSource, &whole);
}

void ScriptHost::stop() noexcept {
    if (context_ == nullptr) return;
    handles_.clear();
    for (const int fd : files_) ::close(fd);
    files_.clear();
    duk_destroy_heap(context_);
    context_ = nullptr;
}

void ScriptHost::arm() noexcept {
    if (watchdog_ != nullptr) watchdog_->arm();
}

void ScriptHost::disarm() noexcept {
    if (watchdog_ != nullptr) watchdog_->disarm();
}

bool ScriptHost::run(duk_safe_call_function function, void* data) {
    if (depth_++ == 0) arm();
    const bool isGood = duk_safe_call(context_, function, data, 0, 1) == DUK_EXEC_SUCCESS;
    std::string text;
    if (!isGood) {
        // Runs script code (an error's getters), so still within the time limit, but can't throw.
        const char* trace = duk_safe_to_stacktrace(context_, -1);
        text = fromScript(trace == nullptr ? "" : trace);
    }
    duk_pop(context_);
    if (--depth_ == 0) disarm();
    if (!isGood) report(text);
    return isGood;
}

void ScriptHost::report(const std::string& text) {
    const auto now = Clock::now();
    if (now - reportsSince_ > std::chrono::minutes(1)) {
        reportsSince_ = now;
        reports_ = 0;
        lastReport_.clear();
    }
    // A timer that fails each time must not fill the log, nor cost the connection: servers end one on
    // which a console text repeats (protocol 4.7).
    if (text == lastReport_ || ++reports_ > kMaxReports) return;
    lastReport_ = text;
    log::error("script error", {{"reason", text.substr(0, 800)}});
    services_.sendToServer(true, R"({"action":"msg","type":"console","value":)" +
                                     jsonString("script error: " + text.substr(0, 2000)) + '}');
}

bool ScriptHost::emit(HandleId id, const char* event, EventArg first, EventArg second) {
    if (context_ == nullptr) return false;
    EventCall call{id, event, first, second, false};
    return run(runEvent, &call) && call.result;
}

void ScriptHost::onConnected(bool isConnected) {
    emit(0, "connected", EventArg::ofBool(isConnected));
}

void ScriptHost::onServerMessage(std::string_view message) {
    if (message.empty()) return;
    if (message[0] == '{') {
        const auto text = toScript(message);
        emit(0, "json", EventArg::ofText(text));
    } else {
        emit(0, "binary", EventArg::ofBytes(message));
    }
}

std::string ScriptHost::actionOf(std::string_view message) {
    if (message.empty() || message[0] != '{' || message.size() > 4096) return {};
    ScriptMemory memory(1024 * 1024);
    auto* context = duk_create_heap(allocateBlock, reallocateBlock, releaseBlock, &memory, onFatal);
    if (context == nullptr) return {};
    const auto text = toScript(message);
    Source source{text.data(), text.size()};
    std::string action;
    if (duk_safe_call(context, readAction, &source, 0, 1) == DUK_EXEC_SUCCESS) {
        const char* found = duk_get_string(context, -1);
        if (found != nullptr) action = found;
    }
    duk_destroy_heap(context);
    return action;
}

bool ScriptHost::mayAddHandle() noexcept {
    if (handles_.size() < kMaxHandles) return true;
    error_ = "too many timers, connections and processes are open (4096)";
    return false;
}

void ScriptHost::addHandle(HandleId id, std::unique_ptr<Handle> handle) {
    handles_[id] = std::move(handle);
}

Handle* ScriptHost::handle(HandleId id) noexcept {
    const auto found = handles_.find(id);
    return found == handles_.end() ? nullptr : found->second.get();
}

void ScriptHost::removeHandle(HandleId id) noexcept {
    const auto found = handles_.find(id);
    if (found == handles_.end()) return;
    loop_.post([old = std::shared_ptr<Handle>(std::move(found->second))] {});
    handles_.erase(found);
}

}  // namespace trellis::device
