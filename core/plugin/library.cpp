#include "core/plugin/library.hpp"

#include <cstddef>
#include <cstdlib>
#include <map>
#include <mutex>

#include <cxxabi.h>
#include <dlfcn.h>
#include <sys/stat.h>

namespace trellis::plugin {
namespace {

const std::string kRebuild = "rebuild it with this server's SDK";

/// Same file, same content as far as the file system tells.
struct FileMark {
    dev_t device{};
    ino_t inode{};
    timespec changed{};

    bool operator==(const FileMark& other) const {
        return device == other.device && inode == other.inode &&
               changed.tv_sec == other.changed.tv_sec && changed.tv_nsec == other.changed.tv_nsec;
    }
};

struct Mapped {
    FileMark mark;
    void* handle = nullptr;
    Library library;
};

std::mutex mutex;
std::map<std::string, Mapped>& mappedFiles() {
    static auto* files = new std::map<std::string, Mapped>;  // as immortal as the mappings
    return *files;
}

std::string text(const char* s) {
    return s == nullptr ? std::string("(none)") : std::string(s);
}

/// Mangled names in the linker's message are of no use to the reader.
std::string demangled(std::string message) {
    const auto begin = message.find("_Z");
    if (begin == std::string::npos) return message;
    const auto end = message.find_first_not_of(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_", begin);
    const auto name = message.substr(begin, end - begin);
    int status = 0;
    const std::unique_ptr<char, decltype(&std::free)> plain(
        abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status), &std::free);
    if (status == 0) message.replace(begin, name.size(), plain.get());
    return message;
}

std::string fileProblem(const std::filesystem::path& file, struct stat& info) {
    if (::stat(file.c_str(), &info) != 0) {
        return file.string() + " is missing: install the plugin again, or build it";
    }
    if (!S_ISREG(info.st_mode)) return file.string() + " is not a regular file";
    if ((info.st_mode & S_IWOTH) != 0) {
        return file.string() + " can be changed by every user of this machine: chmod o-w it, after "
                               "making sure that it is the file you installed";
    }
    return {};
}

std::string sizeProblem(const TrellisPluginAbi& abi) {
    if (abi.size >= sizeof(TrellisPluginAbi)) return {};
    return "its description is " + std::to_string(abi.size) + " bytes long, this server needs " +
           std::to_string(sizeof(TrellisPluginAbi)) + ": " + kRebuild;
}

}  // namespace

std::string abiProblem(const TrellisPluginAbi* abi, const Manifest& manifest) {
    if (abi == nullptr) return "trellis_plugin_abi() returned nothing: " + kRebuild;
    if (abi->magic != TRELLIS_ABI_MAGIC) {
        return "trellis_plugin_abi() does not describe a Trellis plugin (its first bytes are not "
               "TRL1): " + kRebuild;
    }
    if (abi->major != TRELLIS_ABI_MAJOR) {
        return "it was built for plugin interface " + std::to_string(abi->major) + ", this server has " +
               std::to_string(TRELLIS_ABI_MAJOR) + ": " + kRebuild;
    }
    if (auto problem = sizeProblem(*abi); !problem.empty()) return problem;
    if (abi->minor > TRELLIS_ABI_MINOR) {
        return "it was built for plugin interface " + std::to_string(abi->major) + "." +
               std::to_string(abi->minor) + ", this server has " +
               std::to_string(TRELLIS_ABI_MAJOR) + "." + std::to_string(TRELLIS_ABI_MINOR) +
               ": update the server, or " + kRebuild;
    }
    if (text(abi->toolchain) != TRELLIS_TOOLCHAIN_TAG) {
        return "it was built with " + text(abi->toolchain) + ", this server with " +
               TRELLIS_TOOLCHAIN_TAG + ": " + kRebuild + " and compiler";
    }
    if (text(abi->id) != manifest.id) {
        return "its code says id \"" + text(abi->id) + "\", plugin.yaml says \"" + manifest.id +
               "\": the two files belong to different plugins; install it again";
    }
    if (text(abi->version) != manifest.version) {
        return "its code is version " + text(abi->version) + ", plugin.yaml says " + manifest.version +
               ": the two files belong to different builds; install it again";
    }
    if (abi->create == nullptr || abi->destroy == nullptr) {
        return "its description lacks create or destroy: " + kRebuild;
    }
    return {};
}

LoadedLibrary loadLibrary(const std::filesystem::path& folder, const Manifest& manifest) {
    const auto file = folder / (manifest.id + ".so");
    struct stat info {};
    if (auto problem = fileProblem(file, info); !problem.empty()) return {nullptr, problem};
    const FileMark mark{info.st_dev, info.st_ino, info.st_mtim};
    const auto name = file.filename().string();

    std::error_code ignored;
    const auto key = std::filesystem::weakly_canonical(file, ignored).string();
    {
        const std::scoped_lock lock(mutex);
        if (const auto found = mappedFiles().find(key); found != mappedFiles().end()) {
            auto& mapped = found->second;
            if (!(mapped.mark == mark)) {
                mapped.library.note = name + " was replaced while the server ran: restart the server "
                                             "to use the new one";
            }
            if (auto problem = abiProblem(mapped.library.abi, manifest); !problem.empty()) {
                return {nullptr, mapped.library.note.empty() ? problem : mapped.library.note};
            }
            return {&mapped.library, {}};
        }
    }
    // Not under the lock: static constructors of the plugin run now.
    dlerror();
    void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) {
        const char* reason = dlerror();
        return {nullptr, name + " cannot be loaded (" + demangled(text(reason)) + "): " + kRebuild +
                             ", and install the libraries it uses"};
    }
    using Entry = const TrellisPluginAbi* (*)();
    const auto entry = reinterpret_cast<Entry>(dlsym(handle, "trellis_plugin_abi"));
    if (entry == nullptr) {
        return {nullptr, name + " does not export trellis_plugin_abi: write TRELLIS_PLUGIN(<class>) in "
                                "one of its sources"};
    }
    const auto* abi = entry();
    if (auto problem = abiProblem(abi, manifest); !problem.empty()) {
        return {nullptr, name + ": " + problem};
    }
    const std::scoped_lock lock(mutex);
    auto& mapped = mappedFiles()[key];
    mapped = {mark, handle, Library{abi, file, {}}};
    return {&mapped.library, {}};
}

std::unique_ptr<sdk::Plugin, void (*)(void*)> createPlugin(const Library& library) {
    return {static_cast<sdk::Plugin*>(library.abi->create()), library.abi->destroy};
}

}  // namespace trellis::plugin
