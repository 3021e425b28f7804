#include "core/config/node.hpp"

#include <utility>

namespace trellis::config {

const Entry* Node::find(std::string_view key) const noexcept {
    for (const Entry& entry : entries) {
        if (entry.key == key)
            return &entry;
    }
    return nullptr;
}

Entry* Node::find(std::string_view key) noexcept {
    return const_cast<Entry*>(std::as_const(*this).find(key));
}

void mergeInto(Node& base, Node over) {
    if (base.kind == Node::Kind::Map && over.kind == Node::Kind::Null)
        return;
    if (base.kind != Node::Kind::Map || over.kind != Node::Kind::Map) {
        base = std::move(over);
        return;
    }
    for (Entry& entry : over.entries) {
        Entry* known = base.find(entry.key);
        if (known == nullptr) {
            base.entries.push_back(std::move(entry));
            continue;
        }
        mergeInto(known->value, std::move(entry.value));
    }
}

} // namespace trellis::config
