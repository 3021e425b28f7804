/// What a reload changes.
#include <set>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <trellis/sdk/schema_node.hpp>

#include "core/config/config.hpp"

namespace trellis::config {

namespace json = boost::json;

namespace {

class Differ {
public:
    void compare(const json::value* before, const json::value* after, const sdk::Schema& schema,
                 const std::string& path, bool needsRestart) {
        if (before != nullptr && after != nullptr && *before == *after)
            return;
        const sdk::SchemaNode& node = schema.node();
        needsRestart = needsRestart || node.needsRestart;
        const bool isSection =
            node.kind == sdk::SchemaKind::Object || node.kind == sdk::SchemaKind::Map;
        if (isSection && isObject(before) && isObject(after) &&
            (before != nullptr || after != nullptr)) {
            compareMembers(before, after, node, path, needsRestart);
        } else {
            add({path, shown(before, schema), shown(after, schema), needsRestart});
        }
    }

    Difference take() {
        result_.plugins.assign(plugins_.begin(), plugins_.end());
        return std::move(result_);
    }

private:
    static bool isObject(const json::value* value) {
        return value == nullptr || value->is_object();
    }

    static const json::value* member(const json::value* of, std::string_view name) {
        return of == nullptr ? nullptr : of->get_object().if_contains(name);
    }

    static std::string shown(const json::value* value, const sdk::Schema& schema) {
        if (value == nullptr)
            return {};
        json::value copy = *value;
        schema.maskSecrets(copy);
        return json::serialize(copy);
    }

    void compareMembers(const json::value* before, const json::value* after,
                        const sdk::SchemaNode& node, const std::string& path, bool needsRestart) {
        std::set<std::string> names;
        for (const json::value* side : {before, after}) {
            if (side == nullptr)
                continue;
            for (const auto& entry : side->get_object())
                names.emplace(entry.key());
        }
        for (const std::string& name : names) {
            const bool isMap = node.kind == sdk::SchemaKind::Map;
            const sdk::SchemaProp* prop = isMap ? nullptr : node.find(name);
            const sdk::Schema schema = isMap  ? node.items[0]
                                       : prop ? prop->value
                                              : sdk::Schema::any();
            compare(member(before, name), member(after, name), schema,
                    path.empty() ? name : path + '.' + name, needsRestart);
        }
    }

    void add(Change change) {
        constexpr std::string_view kPlugins = "plugins.";
        if (change.path.compare(0, kPlugins.size(), kPlugins) == 0) {
            const std::string rest = change.path.substr(kPlugins.size());
            plugins_.insert(rest.substr(0, rest.find('.')));
        }
        result_.changes.push_back(std::move(change));
    }

    Difference result_;
    std::set<std::string> plugins_;
};

} // namespace

std::string Change::text() const {
    const std::string from = before.empty() ? "(not set)" : before;
    const std::string to = after.empty() ? "(not set)" : after;
    return path + ": " + from + " -> " + to + (needsRestart ? " (needs a restart)" : "");
}

Difference diff(const Config& before, const Config& after) {
    Differ differ;
    const json::value from = before.values();
    const json::value to = after.values();
    differ.compare(&from, &to, after.schema(), "", false);
    return differ.take();
}

} // namespace trellis::config
