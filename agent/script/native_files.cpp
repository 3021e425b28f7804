// Natives: files and folders. Errors carry the path and the system's reason.
#include "agent/script/natives.hpp"

#include "agent/base/fd.hpp"
#include "agent/script/host.hpp"
#include "agent/script/json.hpp"
#include "agent/script/text.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

namespace trellis::device {
namespace {
constexpr std::size_t kMaxOpenFiles = 256;
constexpr std::size_t kMaxWholeFile = 32 * 1024 * 1024;
constexpr std::size_t kMaxNames = 100'000;

bool failWith(ScriptHost& host, const char* what, const char* path) noexcept {
    host.error() = std::string(what) + ' ' + path + ": " + std::strerror(errno);
    return false;
}

/// The path as the system wants it. Kept in result_, which no other path uses meanwhile.
const char* systemPath(ScriptHost& host, const char* path) noexcept {
    host.result() = fromScript(path);
    return host.result().c_str();
}

int openFlags(const char* mode) noexcept {
    // "x" as in fopen(3): only a file that isn't there yet.
    const int flags = O_CLOEXEC | (std::strchr(mode, 'x') != nullptr ? O_EXCL : 0);
    const bool isBoth = std::strchr(mode, '+') != nullptr;
    switch (mode[0]) {
    case 'r': return flags | (isBoth ? O_RDWR : O_RDONLY);
    case 'w': return flags | O_CREAT | O_TRUNC | (isBoth ? O_RDWR : O_WRONLY);
    case 'a': return flags | O_CREAT | O_APPEND | (isBoth ? O_RDWR : O_WRONLY);
    default: return -1;
    }
}

int openFile(ScriptHost& host, const char* path, const char* mode) noexcept {
    const int flags = openFlags(mode);
    if (flags < 0 || host.files().size() >= kMaxOpenFiles) {
        host.error() = flags < 0 ? "open mode: expected r, w or a" : "too many open files (256)";
        return -1;
    }
    // A fifo or a dead mount must not stop the agent's only thread.
    Fd fd(::open(systemPath(host, path), flags | O_NONBLOCK | O_NOCTTY, 0644));
    if (!fd) {
        failWith(host, "open", path);
        return -1;
    }
    host.files().insert(fd.get());
    return fd.release();
}

duk_ret_t open(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    const char* mode = duk_require_string(context, 1);
    const int fd = openFile(ScriptHost::of(context), path, mode);
    if (fd < 0) return throwError(context);
    duk_push_int(context, fd);
    return 1;
}

/// Only descriptors that the script opened itself.
int requireFile(duk_context* context, duk_idx_t index) {
    const int fd = duk_require_int(context, index);
    if (ScriptHost::of(context).files().count(fd) == 0) {
        duk_error(context, DUK_ERR_ERROR, "%d is not an open file", fd);
    }
    return fd;
}

duk_ret_t close(duk_context* context) {
    const int fd = requireFile(context, 0);
    ScriptHost::of(context).files().erase(fd);
    ::close(fd);
    return 0;
}

/// read(fd, buffer, offset, length, position or null): bytes read.
duk_ret_t read(duk_context* context) {
    const int fd = requireFile(context, 0);
    duk_size_t size = 0;
    auto* into = static_cast<char*>(duk_require_buffer_data(context, 1, &size));
    const duk_size_t offset = duk_get_uint_default(context, 2, 0);
    const duk_size_t length = duk_get_uint_default(context, 3, static_cast<duk_uint_t>(size));
    if (offset > size || length > size - offset) {
        return duk_error(context, DUK_ERR_RANGE_ERROR, "offset and length are outside the buffer");
    }
    const auto count =
        duk_is_number(context, 4)
            ? ::pread(fd, into + offset, length, static_cast<off_t>(duk_get_number(context, 4)))
            : ::read(fd, into + offset, length);
    if (count < 0) return duk_error(context, DUK_ERR_ERROR, "read: %s", std::strerror(errno));
    duk_push_number(context, static_cast<double>(count));
    return 1;
}

/// write(fd, data, offset, length): bytes written.
duk_ret_t write(duk_context* context) {
    const int fd = requireFile(context, 0);
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 1, &size, &isText);
    const duk_size_t offset = duk_get_uint_default(context, 2, 0);
    if (offset > size) return duk_error(context, DUK_ERR_RANGE_ERROR, "offset outside the data");
    const duk_size_t length =
        duk_get_uint_default(context, 3, static_cast<duk_uint_t>(size - offset));
    if (length > size - offset) {
        return duk_error(context, DUK_ERR_RANGE_ERROR, "length outside the data");
    }
    const auto count = ::write(fd, data + offset, length);
    if (count < 0) return duk_error(context, DUK_ERR_ERROR, "write: %s", std::strerror(errno));
    duk_push_number(context, static_cast<double>(count));
    return 1;
}

std::string timeText(time_t when) {
    std::tm parts{};
    ::gmtime_r(&when, &parts);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return text.data();
}

bool statText(ScriptHost& host, const char* path) noexcept {
    struct stat info {};
    if (::stat(systemPath(host, path), &info) != 0) return failWith(host, "stat", path);
    JsonObject out;
    out.number("size", info.st_size).number("mode", info.st_mode).number("uid", info.st_uid);
    out.number("gid", info.st_gid).text("mtime", timeText(info.st_mtime));
    out.text("ctime", timeText(info.st_ctime)).text("atime", timeText(info.st_atime));
    out.boolean("file", S_ISREG(info.st_mode)).boolean("directory", S_ISDIR(info.st_mode));
    host.result() = out.end();
    return true;
}

duk_ret_t pushResultJson(duk_context* context) {
    const auto& text = ScriptHost::of(context).result();
    duk_push_lstring(context, text.data(), text.size());
    duk_json_decode(context, -1);
    return 1;
}

duk_ret_t stat(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    if (!statText(ScriptHost::of(context), path)) return throwError(context);
    return pushResultJson(context);
}

bool namesText(ScriptHost& host, const char* path) noexcept {
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(systemPath(host, path)), ::closedir);
    if (!folder) return failWith(host, "readdir", path);
    std::string out = "[";
    std::size_t count = 0;
    while (const auto* entry = ::readdir(folder.get())) {
        const std::string_view name(entry->d_name);
        if (name == "." || name == ".." || ++count > kMaxNames) continue;
        if (out.size() > 1) out += ',';
        out += jsonString(name);
    }
    host.result() = toScript(out + ']');
    return true;
}

duk_ret_t readdir(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    if (!namesText(ScriptHost::of(context), path)) return throwError(context);
    return pushResultJson(context);
}

bool wholeFile(ScriptHost& host, const char* path) noexcept {
    const Fd fd(::open(systemPath(host, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat info {};
    if (!fd || ::fstat(fd.get(), &info) != 0) return failWith(host, "read", path);
    if (S_ISDIR(info.st_mode)) {
        errno = EISDIR;
        return failWith(host, "read", path);
    }
    host.result().clear();
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failWith(host, "read", path);
        if (count == 0) return true;
        host.result().append(buffer.data(), static_cast<std::size_t>(count));
        if (host.result().size() <= kMaxWholeFile) continue;
        errno = EFBIG;
        return failWith(host, "read", path);
    }
}

duk_ret_t readFile(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    auto& host = ScriptHost::of(context);
    if (!wholeFile(host, path)) return throwError(context);
    const auto size = host.result().size();
    void* into = duk_push_fixed_buffer(context, size);
    if (size > 0) std::memcpy(into, host.result().data(), size);
    host.result() = {};
    duk_push_buffer_object(context, -1, 0, size, DUK_BUFOBJ_NODEJS_BUFFER);
    return 1;
}

bool writeWhole(ScriptHost& host, const char* path, const char* mode, std::string_view data,
                bool isText) noexcept {
    const int flags = openFlags(mode);
    if (flags < 0) {
        host.error() = "write mode: expected w or a";
        return false;
    }
    const auto text = isText ? fromScript(data) : std::string();
    if (isText) data = text;
    const Fd fd(::open(systemPath(host, path), flags | O_NOCTTY | O_NONBLOCK, 0644));
    if (!fd) return failWith(host, "write", path);
    while (!data.empty()) {
        const auto count = ::write(fd.get(), data.data(), data.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failWith(host, "write", path);
        data.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

duk_ret_t writeFile(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    duk_size_t size = 0;
    bool isText = false;
    const char* data = requireData(context, 1, &size, &isText);
    const char* mode = duk_get_string_default(context, 2, "w");
    if (!writeWhole(ScriptHost::of(context), path, mode, {data, size}, isText)) {
        return throwError(context);
    }
    return 0;
}

bool removePath(ScriptHost& host, const char* path) noexcept {
    // Also removes an empty folder, as MeshAgent's unlinkSync does (protocol 5.5).
    const char* real = systemPath(host, path);
    return std::remove(real) == 0 || failWith(host, "unlink", path);
}

bool makeFolder(ScriptHost& host, const char* path) noexcept {
    return ::mkdir(systemPath(host, path), 0755) == 0 || failWith(host, "mkdir", path);
}

bool renamePath(ScriptHost& host, const char* from, const char* to) noexcept {
    return std::rename(fromScript(from).c_str(), fromScript(to).c_str()) == 0 ||
           failWith(host, "rename", from);
}

bool realPath(ScriptHost& host, const char* path) noexcept {
    const std::unique_ptr<char, void (*)(void*)> real(::realpath(systemPath(host, path), nullptr), ::free);
    if (!real) return failWith(host, "realpath", path);
    host.result() = toScript(real.get());
    return true;
}

bool changeMode(ScriptHost& host, const char* path, unsigned mode) noexcept {
    return ::chmod(systemPath(host, path), mode & 07777U) == 0 || failWith(host, "chmod", path);
}

bool changeOwner(ScriptHost& host, const char* path, uid_t user, gid_t group) noexcept {
    return ::chown(systemPath(host, path), user, group) == 0 || failWith(host, "chown", path);
}

duk_ret_t unlink(duk_context* context) {
    return removePath(ScriptHost::of(context), duk_require_string(context, 0)) ? 0
                                                                             : throwError(context);
}
duk_ret_t mkdir(duk_context* context) {
    return makeFolder(ScriptHost::of(context), duk_require_string(context, 0)) ? 0
                                                                             : throwError(context);
}
duk_ret_t rename(duk_context* context) {
    const char* from = duk_require_string(context, 0);
    const char* to = duk_require_string(context, 1);
    return renamePath(ScriptHost::of(context), from, to) ? 0 : throwError(context);
}
duk_ret_t chmod(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    const auto mode = duk_require_uint(context, 1);
    return changeMode(ScriptHost::of(context), path, mode) ? 0 : throwError(context);
}
duk_ret_t chown(duk_context* context) {
    const char* path = duk_require_string(context, 0);
    const auto user = duk_require_uint(context, 1);
    const auto group = duk_require_uint(context, 2);
    return changeOwner(ScriptHost::of(context), path, user, group) ? 0 : throwError(context);
}

duk_ret_t realpath(duk_context* context) {
    auto& host = ScriptHost::of(context);
    if (!realPath(host, duk_require_string(context, 0))) return throwError(context);
    duk_push_lstring(context, host.result().data(), host.result().size());
    return 1;
}

duk_ret_t resultOf(duk_context* context, int result, const char* what) {
    return result == 0 ? 0 : duk_error(context, DUK_ERR_ERROR, "%s: %s", what, std::strerror(errno));
}
duk_ret_t truncate(duk_context* context) {
    const int fd = requireFile(context, 0);
    return resultOf(context, ::ftruncate(fd, static_cast<off_t>(duk_require_number(context, 1))), "truncate");
}
duk_ret_t chmodOpen(duk_context* context) {
    const int fd = requireFile(context, 0);
    return resultOf(context, ::fchmod(fd, duk_require_uint(context, 1) & 07777U), "chmod");
}
duk_ret_t chownOpen(duk_context* context) {
    const int fd = requireFile(context, 0);
    const auto user = duk_require_uint(context, 1);
    return resultOf(context, ::fchown(fd, user, duk_require_uint(context, 2)), "chown");
}

constexpr NativeFunction kFunctions[] = {
    {"fsOpen", open, 2},           {"fsClose", close, 1},         {"fsRead", read, 5},
    {"fsWrite", write, 4},         {"fsStat", stat, 1},           {"fsReaddir", readdir, 1},
    {"fsReadFile", readFile, 1},   {"fsWriteFile", writeFile, 3}, {"fsUnlink", unlink, 1},
    {"fsMkdir", mkdir, 1},         {"fsRename", rename, 2},       {"fsChmod", chmod, 2},
    {"fsChown", chown, 3},         {"fsRealpath", realpath, 1},   {"fsFtruncate", truncate, 2},
    {"fsFchmod", chmodOpen, 2},    {"fsFchown", chownOpen, 3},    {nullptr, nullptr, 0},
};
}  // namespace

void addFileNatives(duk_context* context) { addFunctions(context, kFunctions); }

}  // namespace trellis::device
