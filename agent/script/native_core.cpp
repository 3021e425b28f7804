// Natives: modules, log, the channel to the server, settings, database, hashes.
#include "agent/script/natives.hpp"

#include "agent/base/inflate.hpp"
#include "agent/base/log.hpp"
#include "agent/script/bundled.hpp"
#include "agent/script/host.hpp"
#include "agent/script/json.hpp"
#include "agent/script/text.hpp"

#include <trellis/wire/text.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

namespace trellis::device {
namespace {

// ---- modules ----

duk_ret_t bundled(duk_context* context) {
    const char* name = duk_require_string(context, 0);
    for (const auto* each = kBundledModules; each->name != nullptr; ++each) {
        if (std::strcmp(each->name, name) == 0) {
            duk_push_string(context, each->source);
            return 1;
        }
    }
    return 0;
}

/// compile(source, file, parameters): a function of those parameters.
duk_ret_t compile(duk_context* context) {
    duk_require_string(context, 0);
    duk_require_string(context, 1);
    duk_require_string(context, 2);
    duk_push_string(context, "(function (");
    duk_dup(context, 2);
    duk_push_string(context, ") {");
    duk_dup(context, 0);
    duk_push_string(context, "\n})");
    duk_concat(context, 5);
    duk_dup(context, 1);
    duk_compile(context, DUK_COMPILE_EVAL);
    duk_call(context, 0);
    return 1;
}

// ---- log ----

void writeLog(int level, const char* text, std::size_t size) noexcept {
    const auto kind = level <= 3   ? log::Level::Error
                      : level == 4 ? log::Level::Warning
                      : level <= 6 ? log::Level::Info
                                   : log::Level::Debug;
    log::write(kind, "script", {{"text", fromScript({text, size})}});
}

duk_ret_t logText(duk_context* context) {
    const int level = duk_require_int(context, 0);
    duk_size_t size = 0;
    const char* text = duk_require_lstring(context, 1, &size);
    writeLog(level, text, size);
    return 0;
}

// ---- server ----

int sendToServer(ScriptHost& host, bool isText, const char* data, std::size_t size) noexcept {
    if (!isText) return static_cast<int>(host.services().sendToServer(false, {data, size}));
    return static_cast<int>(host.services().sendToServer(true, fromScript({data, size})));
}

duk_ret_t controlSend(duk_context* context) {
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 0, &size, &isText);
    duk_push_int(context, sendToServer(ScriptHost::of(context), isText, data, size));
    return 1;
}

duk_ret_t isConnected(duk_context* context) {
    duk_push_boolean(context, ScriptHost::of(context).services().isConnected());
    return 1;
}

std::string colons(wire::ByteView bytes) {
    const auto hex = wire::encodeHex(bytes, wire::HexCase::Upper);
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        if (i > 0) out += ':';
        out += hex.substr(i, 2);
    }
    return out;
}

void serverInfoText(ScriptHost& host) noexcept {
    const auto& server = host.services().server();
    JsonObject certificate;
    certificate.text("fingerprint", colons(server.certificate.key));
    certificate.text("digest", colons(server.certificate.full));
    JsonObject info;
    info.text("MeshID", wire::encodeHex(server.groupId, wire::HexCase::Upper));
    info.text("ServerID", wire::encodeHex(server.serverId, wire::HexCase::Upper));
    info.text("ServerUri", server.url).text("ServerIP", server.address);
    info.raw("ControlChannelCertificate", certificate.end());
    host.result() = toScript(info.end());
}

duk_ret_t pushJson(duk_context* context, ScriptHost& host) {
    duk_push_lstring(context, host.result().data(), host.result().size());
    duk_json_decode(context, -1);
    return 1;
}

duk_ret_t serverInfo(duk_context* context) {
    auto& host = ScriptHost::of(context);
    serverInfoText(host);
    return pushJson(context, host);
}

// ---- settings and database ----

template <class Map> void mapText(ScriptHost& host, const Map& map) noexcept {
    JsonObject all;
    for (const auto& [key, value] : map) all.text(key, value);
    host.result() = toScript(all.end());
}

duk_ret_t settings(duk_context* context) {
    auto& host = ScriptHost::of(context);
    mapText(host, host.services().settings());
    return pushJson(context, host);
}

/// Scripts get their own corner: they can't read the device's key.
std::string entryName(const char* key) { return std::string("script.") + key; }

bool findEntry(ScriptHost& host, const char* key) noexcept {
    auto value = host.services().database().get(entryName(key));
    if (value) host.result() = std::move(*value);
    return value.has_value();
}

duk_ret_t databaseGet(duk_context* context) {
    const char* key = duk_require_string(context, 0);
    auto& host = ScriptHost::of(context);
    if (!findEntry(host, key)) return 0;
    duk_push_lstring(context, host.result().data(), host.result().size());
    return 1;
}

bool storeEntry(ScriptHost& host, const char* key, const char* value, std::size_t size) noexcept {
    try {
        if (value == nullptr) {
            host.services().database().remove(entryName(key));
        } else {
            host.services().database().put(entryName(key), {value, size});
        }
        return true;
    } catch (const std::exception& e) {
        host.error() = e.what();
        return false;
    }
}

duk_ret_t databasePut(duk_context* context) {
    const char* key = duk_require_string(context, 0);
    duk_size_t size = 0;
    const char* value = duk_is_null_or_undefined(context, 1)
                            ? nullptr
                            : duk_require_lstring(context, 1, &size);
    if (!storeEntry(ScriptHost::of(context), key, value, size)) return throwError(context);
    return 0;
}

void keysText(ScriptHost& host) noexcept {
    const std::string prefix = entryName("");
    std::string out = "[";
    for (const auto& [key, value] : host.services().database().all()) {
        if (!key.starts_with(prefix)) continue;
        if (out.size() > 1) out += ',';
        out += jsonString(std::string_view(key).substr(prefix.size()));
    }
    host.result() = toScript(out + ']');
}

duk_ret_t databaseKeys(duk_context* context) {
    auto& host = ScriptHost::of(context);
    keysText(host);
    return pushJson(context, host);
}

// ---- hashes and random bytes ----

/// hash(name, data): the digest's bytes as a buffer.
duk_ret_t hash(duk_context* context) {
    const char* name = duk_require_string(context, 0);
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 1, &size, &isText);
    const EVP_MD* digest = EVP_get_digestbyname(name);
    if (digest == nullptr) return duk_error(context, DUK_ERR_TYPE_ERROR, "no digest %s", name);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    if (EVP_Digest(data, size, out, &count, digest, nullptr) != 1) {
        return duk_error(context, DUK_ERR_ERROR, "%s failed", name);
    }
    std::memcpy(duk_push_fixed_buffer(context, count), out, count);
    duk_push_buffer_object(context, -1, 0, count, DUK_BUFOBJ_NODEJS_BUFFER);
    return 1;
}

constexpr const char* kContextName = DUK_HIDDEN_SYMBOL("digest");

duk_ret_t freeHash(duk_context* context) {
    duk_get_prop_string(context, 0, kContextName);
    EVP_MD_CTX_free(static_cast<EVP_MD_CTX*>(duk_get_pointer(context, -1)));
    duk_push_pointer(context, nullptr);
    duk_put_prop_string(context, 0, kContextName);
    return 0;
}

/// hashStart(name): a digest in progress, freed with its object.
duk_ret_t hashStart(duk_context* context) {
    const char* name = duk_require_string(context, 0);
    const EVP_MD* digest = EVP_get_digestbyname(name);
    if (digest == nullptr) return duk_error(context, DUK_ERR_TYPE_ERROR, "no digest %s", name);
    duk_push_object(context);
    duk_push_c_function(context, freeHash, 1);
    duk_set_finalizer(context, -2);
    auto* state = EVP_MD_CTX_new();
    duk_push_pointer(context, state);
    duk_put_prop_string(context, -2, kContextName);
    if (state == nullptr || EVP_DigestInit_ex(state, digest, nullptr) != 1) {
        return duk_error(context, DUK_ERR_ERROR, "%s failed", name);
    }
    return 1;
}

EVP_MD_CTX* requireHash(duk_context* context) {
    duk_require_object(context, 0);
    duk_get_prop_string(context, 0, kContextName);
    auto* state = static_cast<EVP_MD_CTX*>(duk_get_pointer(context, -1));
    if (state == nullptr) (void)duk_error(context, DUK_ERR_ERROR, "the digest has ended");
    return state;
}

/// hashUpdate(digest, data)
duk_ret_t hashUpdate(duk_context* context) {
    auto* state = requireHash(context);
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 1, &size, &isText);
    if (EVP_DigestUpdate(state, data, size) != 1) return duk_error(context, DUK_ERR_ERROR, "digest failed");
    return 0;
}

/// hashEnd(digest): its bytes as a buffer.
duk_ret_t hashEnd(duk_context* context) {
    auto* state = requireHash(context);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned count = 0;
    if (EVP_DigestFinal_ex(state, out, &count) != 1) return duk_error(context, DUK_ERR_ERROR, "digest failed");
    std::memcpy(duk_push_fixed_buffer(context, count), out, count);
    duk_push_buffer_object(context, -1, 0, count, DUK_BUFOBJ_NODEJS_BUFFER);
    return 1;
}

duk_ret_t randomFill(duk_context* context) {
    duk_size_t size = 0;
    void* into = duk_require_buffer_data(context, 0, &size);
    if (size > 1024 * 1024 || RAND_bytes(static_cast<unsigned char*>(into), static_cast<int>(size)) != 1) {
        return duk_error(context, DUK_ERR_RANGE_ERROR, "at most 1 MiB of random bytes at once");
    }
    return 0;
}

bool inflateText(ScriptHost& host, const char* data, std::size_t size) noexcept {
    constexpr std::size_t kMaxModule = 16 * 1024 * 1024;
    auto text = inflateBytes({data, size}, kMaxModule);
    if (text) host.result() = std::move(*text);
    return text.has_value();
}

/// inflate(buffer): RFC 1950 or RFC 1951 data, unpacked.
duk_ret_t inflate(duk_context* context) {
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 0, &size, &isText);
    auto& host = ScriptHost::of(context);
    if (!inflateText(host, data, size)) {
        return duk_error(context, DUK_ERR_ERROR, "the data is not deflated, or above 16 MiB");
    }
    const auto count = host.result().size();
    void* into = duk_push_fixed_buffer(context, count);
    if (count > 0) std::memcpy(into, host.result().data(), count);
    duk_push_buffer_object(context, -1, 0, count, DUK_BUFOBJ_NODEJS_BUFFER);
    return 1;
}

// ---- the agent itself ----

void agentText(ScriptHost& host) noexcept {
    const auto& services = host.services();
    JsonObject info;
    info.text("nodeId", wire::encodeId64(services.identity().nodeId));
    info.text("nodeIdHex", wire::encodeHex(services.identity().nodeId, wire::HexCase::Upper));
    info.text("coreHash", services.coreHash()).text("folder", services.dataFolder());
    info.text("version", TRELLIS_VERSION).number("archId", services.agentId());
    info.boolean("isService", services.isService());
    host.result() = toScript(info.end());
}

duk_ret_t agentInfo(duk_context* context) {
    auto& host = ScriptHost::of(context);
    agentText(host);
    return pushJson(context, host);
}

duk_ret_t request(duk_context* context) {
    const char* what = duk_require_string(context, 0);
    using Request = ScriptServices::Request;
    constexpr std::pair<const char*, Request> kRequests[] = {
        {"reconnect", Request::Reconnect}, {"restart", Request::Restart}, {"exit", Request::Exit},
        {"uninstall", Request::Uninstall}, {"restartCore", Request::RestartCore}};
    for (const auto& [name, value] : kRequests) {
        if (std::strcmp(name, what) != 0) continue;
        ScriptHost::of(context).services().request(value);
        return 0;
    }
    return duk_error(context, DUK_ERR_TYPE_ERROR, "no request %s", what);
}

constexpr NativeFunction kFunctions[] = {
    {"bundled", bundled, 1},
    {"compile", compile, 3},
    {"log", logText, 2},
    {"controlSend", controlSend, 1},
    {"isConnected", isConnected, 0},
    {"serverInfo", serverInfo, 0},
    {"settings", settings, 0},
    {"databaseGet", databaseGet, 1},
    {"databasePut", databasePut, 2},
    {"databaseKeys", databaseKeys, 0},
    {"hash", hash, 2},
    {"hashStart", hashStart, 1},
    {"hashUpdate", hashUpdate, 2},
    {"hashEnd", hashEnd, 1},
    {"randomFill", randomFill, 1},
    {"inflate", inflate, 1},
    {"agentInfo", agentInfo, 0},
    {"request", request, 1},
    {nullptr, nullptr, 0},
};
}  // namespace

void addFunctions(duk_context* context, const NativeFunction* functions) {
    for (; functions->name != nullptr; ++functions) {
        duk_push_c_function(context, functions->function, functions->args);
        duk_put_prop_string(context, -2, functions->name);
    }
}

const char* requireData(duk_context* context, duk_idx_t index, duk_size_t* size, bool* isText) {
    *isText = duk_is_string(context, index) != 0;
    if (*isText) return duk_get_lstring(context, index, size);
    return static_cast<const char*>(duk_require_buffer_data(context, index, size));
}

void addCoreNatives(duk_context* context) { addFunctions(context, kFunctions); }

}  // namespace trellis::device
