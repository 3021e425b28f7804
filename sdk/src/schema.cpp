#include <trellis/sdk/schema.hpp>

#include <algorithm>
#include <utility>

#include <trellis/sdk/schema_node.hpp>

namespace trellis::sdk {

namespace {

std::shared_ptr<SchemaNode> makeNode(SchemaKind kind) {
    auto node = std::make_shared<SchemaNode>();
    node->kind = kind;
    return node;
}

void inheritFlags(SchemaNode& parent, const SchemaNode& child) {
    parent.hasDefaults = parent.hasDefaults || child.hasDefaults;
    parent.hasSecrets = parent.hasSecrets || child.hasSecrets;
}

} // namespace

const SchemaProp* SchemaNode::find(std::string_view name) const noexcept {
    for (const SchemaProp& prop : props) {
        if (prop.name == name)
            return &prop;
    }
    return nullptr;
}

Schema::Schema() : Schema(any()) {}
Schema::Schema(std::shared_ptr<SchemaNode> node) noexcept : node_(std::move(node)) {}
Schema::Schema(const Schema&) = default;
// A moved-from schema keeps its state: node_ is never null, so that no member has to ask.
Schema::Schema(Schema&& other) noexcept : node_(other.node_) {}
Schema& Schema::operator=(const Schema&) = default;
Schema& Schema::operator=(Schema&& other) noexcept {
    node_ = other.node_;
    return *this;
}
Schema::~Schema() = default;

Schema Schema::any() {
    return Schema(makeNode(SchemaKind::Any));
}
Schema Schema::object() {
    return Schema(makeNode(SchemaKind::Object));
}
Schema Schema::string() {
    return Schema(makeNode(SchemaKind::String));
}
Schema Schema::integer() {
    return Schema(makeNode(SchemaKind::Integer));
}
Schema Schema::number() {
    return Schema(makeNode(SchemaKind::Number));
}
Schema Schema::boolean() {
    return Schema(makeNode(SchemaKind::Boolean));
}

Schema Schema::map(Schema values) {
    auto node = makeNode(SchemaKind::Map);
    inheritFlags(*node, values.node());
    node->items.push_back(std::move(values));
    return Schema(std::move(node));
}

Schema Schema::array(Schema items) {
    auto node = makeNode(SchemaKind::Array);
    inheritFlags(*node, items.node());
    node->items.push_back(std::move(items));
    return Schema(std::move(node));
}

Schema Schema::oneOf(std::initializer_list<std::string_view> words) {
    return oneOf(std::vector<std::string>(words.begin(), words.end()));
}

Schema Schema::oneOf(const std::vector<std::string>& words) {
    auto node = makeNode(SchemaKind::OneOf);
    node->words = words;
    return Schema(std::move(node));
}

Schema Schema::anyOf(std::vector<Schema> alternatives) {
    auto node = makeNode(SchemaKind::AnyOf);
    for (const Schema& alternative : alternatives)
        inheritFlags(*node, alternative.node());
    node->items = std::move(alternatives);
    return Schema(std::move(node));
}

SchemaNode& Schema::edit() {
    // Copy on write: a schema already handed to someone else is never changed under them.
    if (node_.use_count() != 1)
        node_ = std::make_shared<SchemaNode>(*node_);
    return *node_;
}

Schema& Schema::prop(std::string name, Schema value, std::string doc) {
    SchemaNode& node = edit();
    inheritFlags(node, value.node());
    for (SchemaProp& known : node.props) {
        if (known.name != name)
            continue;
        known.value = std::move(value);
        known.doc = std::move(doc);
        return *this;
    }
    node.props.push_back({std::move(name), std::move(value), std::move(doc), false});
    return *this;
}

Schema& Schema::required(std::initializer_list<std::string_view> names) {
    return required(std::vector<std::string>(names.begin(), names.end()));
}

Schema& Schema::required(const std::vector<std::string>& names) {
    SchemaNode& node = edit();
    for (const std::string& name : names) {
        const auto found = std::find_if(node.props.begin(), node.props.end(),
                                        [&](const SchemaProp& prop) { return prop.name == name; });
        if (found == node.props.end()) {
            throw Error(ErrorCode::Internal,
                        "schema requires \"" + name + "\" but does not have it");
        }
        found->required = true;
    }
    return *this;
}

Schema& Schema::range(std::int64_t min, std::int64_t max) {
    SchemaNode& node = edit();
    node.min = min;
    node.max = max;
    return *this;
}

Schema& Schema::format(Format format) {
    edit().format = format;
    return *this;
}

Schema& Schema::unit(std::string unit) {
    edit().unit = std::move(unit);
    return *this;
}

Schema& Schema::byDefault(json::value value) {
    SchemaNode& node = edit();
    node.byDefault = std::move(value);
    node.hasDefaults = true;
    return *this;
}

Schema& Schema::secret() {
    SchemaNode& node = edit();
    node.secret = true;
    node.hasSecrets = true;
    return *this;
}

Schema& Schema::allowUnknown() {
    edit().allowUnknown = true;
    return *this;
}

Schema& Schema::nullable() {
    edit().nullable = true;
    return *this;
}

Schema& Schema::title(std::string text) {
    edit().title = std::move(text);
    return *this;
}

Schema& Schema::doc(std::string text) {
    edit().doc = std::move(text);
    return *this;
}

Schema& Schema::needsRestart() {
    edit().needsRestart = true;
    return *this;
}

bool Schema::checkAndFill(json::value& value, std::vector<Problem>& problems) const {
    if (!check(value, problems))
        return false;
    applyDefaults(value);
    return true;
}

} // namespace trellis::sdk
