#include "agent/app/core_store.hpp"

#include "agent/base/file.hpp"

#include <trellis/wire/protocol.hpp>

#include <unistd.h>

namespace trellis::device {

CoreStore::CoreStore(std::string path) : path_(std::move(path)) {
    const auto core = readFile(path_, kMaxCore);
    if (core && core->size() >= wire::kCorePrefix) hash_ = wire::sha384(wire::bytesOf(*core));
}

void CoreStore::put(std::string_view core, const wire::Hash& hash) {
    replaceFile(path_, core, 0600);
    hash_ = hash;
}

void CoreStore::clear() {
    ::unlink(path_.c_str());
    hash_.reset();
}

std::optional<std::string> CoreStore::script() const {
    auto core = hash_ ? readFile(path_, kMaxCore) : std::nullopt;
    if (!core || wire::sha384(wire::bytesOf(*core)) != *hash_) return {};
    return core->substr(wire::kCorePrefix);
}

}  // namespace trellis::device
