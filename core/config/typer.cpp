#include "core/config/typer.hpp"

#include <filesystem>
#include <utility>
#include <vector>

#include <trellis/sdk/options_view.hpp>
#include <trellis/sdk/schema_node.hpp>

#include "core/config/files.hpp"
#include "core/config/scalar.hpp"

namespace trellis::config {

namespace json = boost::json;
using sdk::SchemaKind;
using sdk::SchemaNode;

namespace {

json::value walk(const Node& node, const SchemaNode& schema, const Spot& spot, Typing& typing);

/// Keys come from a file: control characters and endless names stay out of the report.
std::string printable(std::string_view name) {
    constexpr std::size_t kMax = 60;
    std::string text;
    for (const char c : name.substr(0, kMax)) {
        text += static_cast<unsigned char>(c) < 0x20U || c == 0x7f ? '?' : c;
    }
    while (name.size() > kMax && !text.empty() &&
           (static_cast<unsigned char>(text.back()) & 0x80U) != 0) {
        text.pop_back();
    }
    return name.size() > kMax ? text + "..." : text;
}

json::value fail(const Node& node, const SchemaNode& schema, const Spot& spot, Typing& typing) {
    typing.report.error(node.place, spot.path, mismatch(schema, node));
    return nullptr;
}

json::value secretFromFile(const Node& node, const SchemaNode& schema, const Spot& spot,
                           Typing& typing) {
    if (schema.kind != SchemaKind::String || !schema.secret) {
        typing.report.error(node.place, spot.path, "!file is for secrets; write the value itself");
        return nullptr;
    }
    std::filesystem::path path = node.scalar;
    if (node.folder.empty() && path.is_relative()) {
        typing.report.error(node.place, spot.path, "!file needs an absolute path here");
        return nullptr;
    }
    if (path.is_relative())
        path = (std::filesystem::path(node.folder) / path).lexically_normal();
    if (!typing.readSecrets)
        return "";
    const FileText file = readSecret(path);
    if (!file.ok) {
        typing.report.error(node.place, spot.path, "!file " + path.string() + " " + file.problem);
        return nullptr;
    }
    if (file.isOpenToAll) {
        typing.report.warning(node.place, spot.path,
                              "!file " + path.string() +
                                  " can be read by every user; chmod o-r it");
    }
    Node content = node;
    content.isFile = false;
    content.style = Node::Style::Quoted;
    content.scalar = file.text;
    ScalarResult result = scalarValue(content, schema);
    if (!result.ok)
        typing.report.error(node.place, spot.path, "in the file: " + result.problem);
    return std::move(result.value);
}

json::value walkScalar(const Node& node, const SchemaNode& schema, const Spot& spot,
                       Typing& typing) {
    if (node.kind != Node::Kind::Scalar)
        return fail(node, schema, spot, typing);
    if (node.isFile)
        return secretFromFile(node, schema, spot, typing);
    ScalarResult result = scalarValue(node, schema);
    if (!result.ok)
        typing.report.error(node.place, spot.path, result.problem);
    return std::move(result.value);
}

bool isWithin(const SchemaNode& schema, std::size_t size) {
    const auto max = schema.max.value_or(static_cast<std::int64_t>(sdk::Schema::kMaxItems));
    const auto count = static_cast<std::int64_t>(size);
    return count >= schema.min.value_or(0) && count <= max;
}

/// "a, b" or "[a, b]" from a variable or option.
Node listFromText(const Node& node) {
    Node list;
    list.kind = Node::Kind::List;
    list.place = node.place;
    std::string_view text = node.scalar;
    if (!text.empty() && text.front() == '[' && text.back() == ']') {
        text.remove_prefix(1);
        if (!text.empty())
            text.remove_suffix(1);
    }
    while (text.find_first_not_of(" \t") != std::string_view::npos) {
        const auto comma = text.find(',');
        std::string_view part = text.substr(0, comma);
        while (!part.empty() && (part.front() == ' ' || part.front() == '\t'))
            part.remove_prefix(1);
        while (!part.empty() && (part.back() == ' ' || part.back() == '\t'))
            part.remove_suffix(1);
        Node item = node;
        item.scalar = part;
        list.items.push_back(std::move(item));
        if (comma == std::string_view::npos)
            break;
        text.remove_prefix(comma + 1);
    }
    return list;
}

json::value walkList(const Node& node, const SchemaNode& schema, const Spot& spot, Typing& typing) {
    if (node.kind == Node::Kind::Scalar && node.style == Node::Style::Text && !node.isFile) {
        return walkList(listFromText(node), schema, spot, typing);
    }
    if (node.kind != Node::Kind::List || !isWithin(schema, node.items.size())) {
        return fail(node, schema, spot, typing);
    }
    json::array values;
    values.reserve(node.items.size());
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        const Node& item = node.items[i];
        values.push_back(walk(item, schema.items[0].node(), spot.item(i, item.place), typing));
    }
    return values;
}

std::string unknownKey(const SchemaNode& schema, std::string_view key) {
    std::vector<std::string_view> known;
    for (const sdk::SchemaProp& prop : schema.props)
        known.push_back(prop.name);
    const std::string_view near = sdk::nearestName(key, known);
    if (near.empty())
        return "unknown key";
    return "unknown key; did you mean \"" + std::string(near) + "\"?";
}

json::value walkObject(const Node& node, const SchemaNode& schema, const Spot& spot,
                       Typing& typing) {
    if (node.kind != Node::Kind::Map && node.kind != Node::Kind::Null) {
        return fail(node, schema, spot, typing);
    }
    json::object values;
    for (const Entry& entry : node.entries) {
        const sdk::SchemaProp* prop = schema.find(entry.key);
        const Spot at = spot.member(entry.key, entry.place);
        if (prop == nullptr && !schema.allowUnknown) {
            typing.report.error(entry.place, at.path, unknownKey(schema, entry.key));
            continue;
        }
        static const SchemaNode any;
        values[entry.key] = walk(entry.value, prop ? prop->value.node() : any, at, typing);
    }
    if (typing.presence == Presence::Ignored)
        return values;
    for (const sdk::SchemaProp& prop : schema.props) {
        if (!prop.required || node.find(prop.name) != nullptr)
            continue;
        typing.report.error(spot.place, spot.path, '"' + prop.name + "\" is required");
    }
    return values;
}

json::value walkMap(const Node& node, const SchemaNode& schema, const Spot& spot, Typing& typing) {
    const bool isMap = node.kind == Node::Kind::Map || node.kind == Node::Kind::Null;
    if (!isMap || !isWithin(schema, node.entries.size()))
        return fail(node, schema, spot, typing);
    json::object values;
    for (const Entry& entry : node.entries) {
        values[entry.key] =
            walk(entry.value, schema.items[0].node(), spot.member(entry.key, entry.place), typing);
    }
    return values;
}

json::value walkAny(const Node& node, const Spot& spot, Typing& typing) {
    static const sdk::Schema any = sdk::Schema::any();
    static const sdk::Schema list = sdk::Schema::array(any);
    static const sdk::Schema map = sdk::Schema::map(any);
    switch (node.kind) {
    case Node::Kind::Null:
        return nullptr;
    case Node::Kind::Scalar:
        return walkScalar(node, any.node(), spot, typing);
    case Node::Kind::List:
        return walkList(node, list.node(), spot, typing);
    case Node::Kind::Map:
        return walkMap(node, map.node(), spot, typing);
    }
    return nullptr;
}

bool sameShape(const Node& node, SchemaKind kind) {
    if (node.kind == Node::Kind::List)
        return kind == SchemaKind::Array;
    if (node.kind == Node::Kind::Map)
        return kind == SchemaKind::Object || kind == SchemaKind::Map;
    return false;
}

json::value walkAlternatives(const Node& node, const SchemaNode& schema, const Spot& spot,
                             Typing& typing) {
    const sdk::Schema* meant = nullptr;
    int shapes = 0;
    for (const sdk::Schema& alternative : schema.items) {
        Report report;
        Places places;
        Typing quiet{report, places, typing.presence, typing.readSecrets};
        json::value value = walk(node, alternative.node(), spot, quiet);
        if (report.ok()) {
            for (auto& [pointer, place] : places)
                typing.places[pointer] = std::move(place);
            for (Finding& warning : report.warnings)
                typing.report.warnings.push_back(std::move(warning));
            return value;
        }
        if (!sameShape(node, alternative.node().kind))
            continue;
        meant = &alternative;
        ++shapes;
    }
    // When it is clear which alternative was meant, its own problems say more.
    if (shapes == 1)
        return walk(node, meant->node(), spot, typing);
    return fail(node, schema, spot, typing);
}

json::value walk(const Node& node, const SchemaNode& schema, const Spot& spot, Typing& typing) {
    const bool isSection = node.kind == Node::Kind::Map || node.kind == Node::Kind::Null;
    typing.places[spot.pointer] = isSection ? spot.place : node.place;
    if (schema.nullable && node.kind == Node::Kind::Null)
        return nullptr;
    switch (schema.kind) {
    case SchemaKind::Any:
        return walkAny(node, spot, typing);
    case SchemaKind::Object:
        return walkObject(node, schema, spot, typing);
    case SchemaKind::Map:
        return walkMap(node, schema, spot, typing);
    case SchemaKind::Array:
        return walkList(node, schema, spot, typing);
    case SchemaKind::AnyOf:
        return walkAlternatives(node, schema, spot, typing);
    default:
        return walkScalar(node, schema, spot, typing);
    }
}

} // namespace

Spot Spot::member(std::string_view name, const Position& at) const {
    return {pointer + '/' + sdk::pointerStep(name),
            path + (path.empty() ? "" : ".") + printable(name), at};
}

Spot Spot::item(std::size_t index, const Position& at) const {
    const std::string number = std::to_string(index);
    return {pointer + '/' + number, path + '[' + number + ']', at};
}

json::value typed(const Node& node, const sdk::Schema& schema, const Spot& spot, Typing& typing) {
    return walk(node, schema.node(), spot, typing);
}

} // namespace trellis::config
