/// Checking a JSON value. Runs for every command, so nothing is allocated until something is wrong:
/// the way to the value is a list of steps on the stack.
#include <string>

#include <boost/json/value.hpp>

#include <trellis/sdk/schema.hpp>
#include <trellis/sdk/schema_node.hpp>

namespace trellis::sdk {

namespace {

struct Step {
    const Step* parent = nullptr;
    std::string_view name; ///< of a member; data() is null for an item
    std::size_t index = 0;
    std::size_t depth = 0;

    Step member(std::string_view key) const { return {this, key, 0, depth + 1}; }
    Step item(std::size_t at) const { return {this, {}, at, depth + 1}; }
};

void appendPointer(const Step& step, std::string& out) {
    if (step.parent == nullptr)
        return;
    appendPointer(*step.parent, out);
    out += '/';
    if (step.name.data() == nullptr) {
        out += std::to_string(step.index);
        return;
    }
    // The names come from the sender: a long one is cut, so that an answer stays short.
    constexpr std::size_t kMaxName = 100;
    for (const char c : step.name.substr(0, kMaxName)) { // RFC 6901 section 3
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += static_cast<unsigned char>(c) < 0x20U || c == 0x7f ? '?' : c; // no forged lines
    }
}

/// Code points of UTF-8; the parser has already refused invalid sequences.
std::size_t characters(std::string_view text) {
    std::size_t count = 0;
    for (const char c : text)
        count += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
    return count;
}

const SchemaNode& anything() {
    static const SchemaNode node;
    return node;
}

class Checker {
public:
    explicit Checker(std::vector<Problem>* problems) : problems_(problems) {}

    /// False once anything was wrong.
    bool run(const SchemaNode& node, const json::value& value) {
        check(node, value, Step{});
        return ok_;
    }

private:
    using Kind = Problem::Kind;

    /// True when there is no use in looking further.
    bool full() const { return !ok_ && (problems_ == nullptr || count_ >= Schema::kMaxProblems); }

    template <class Text> void report(const Step& step, Kind kind, const Text& makeText) {
        ok_ = false;
        if (problems_ == nullptr || count_ >= Schema::kMaxProblems)
            return;
        ++count_;
        Problem problem{{}, makeText(), kind};
        appendPointer(step, problem.pointer);
        problems_->push_back(std::move(problem));
    }

    void mismatch(const SchemaNode& node, const json::value& value, const Step& step, Kind kind) {
        report(step, kind, [&] {
            const std::string expected = "expected " + expectation(node);
            // A secret is not repeated, not even to the one who sent it: answers reach logs.
            const bool isHidden =
                node.secret || (node.kind == SchemaKind::AnyOf && node.hasSecrets);
            return isHidden ? expected : expected + ", got " + describeValue(value);
        });
    }

    void check(const SchemaNode& node, const json::value& value, const Step& step) {
        if (step.depth > Schema::kMaxDepth) {
            report(step, Kind::TooLarge, [] {
                return "nested deeper than " + std::to_string(Schema::kMaxDepth) + " levels";
            });
            return;
        }
        if (node.nullable && value.is_null())
            return;
        switch (node.kind) {
        case SchemaKind::Any:
            checkDepth(value, step);
            return;
        case SchemaKind::Object:
            checkObject(node, value, step);
            return;
        case SchemaKind::Map:
            checkMap(node, value, step);
            return;
        case SchemaKind::Array:
            checkArray(node, value, step);
            return;
        case SchemaKind::String:
            checkString(node, value, step);
            return;
        case SchemaKind::Integer:
            checkInteger(node, value, step);
            return;
        case SchemaKind::Number:
            checkNumber(node, value, step);
            return;
        case SchemaKind::Boolean:
            if (!value.is_bool())
                mismatch(node, value, step, Kind::WrongType);
            return;
        case SchemaKind::OneOf:
            checkWord(node, value, step);
            return;
        case SchemaKind::AnyOf:
            checkAnyOf(node, value, step);
            return;
        }
    }

    /// Members without a schema are free in shape, but not in depth.
    void checkDepth(const json::value& value, const Step& step) {
        if (const auto* object = value.if_object()) {
            for (const auto& member : *object) {
                if (full())
                    return;
                if (member.value().is_structured())
                    check(anything(), member.value(), step.member(member.key()));
            }
        } else if (const auto* array = value.if_array()) {
            for (std::size_t i = 0; i < array->size() && !full(); ++i) {
                if ((*array)[i].is_structured())
                    check(anything(), (*array)[i], step.item(i));
            }
        }
    }

    void checkObject(const SchemaNode& node, const json::value& value, const Step& step) {
        const auto* object = value.if_object();
        if (object == nullptr)
            return mismatch(node, value, step, Kind::WrongType);
        std::size_t met = 0;
        for (const auto& member : *object) {
            if (full())
                return;
            const SchemaProp* prop = node.find(member.key());
            if (prop == nullptr) {
                checkUnknown(node, member, step);
                continue;
            }
            met += prop->required ? 1 : 0;
            check(prop->value.node(), member.value(), step.member(prop->name));
        }
        reportMissing(node, *object, met, step);
    }

    void checkUnknown(const SchemaNode& node, const json::key_value_pair& member,
                      const Step& step) {
        const Step at = step.member(member.key());
        if (!node.allowUnknown) {
            report(at, Kind::Unknown, [&] { return unknownText(node, member.key()); });
        } else if (member.value().is_structured()) {
            check(anything(), member.value(), at);
        }
    }

    /// `met`: required members that are there; the usual message has all and is not searched again.
    void reportMissing(const SchemaNode& node, const json::object& object, std::size_t met,
                       const Step& step) {
        std::size_t wanted = 0;
        for (const SchemaProp& prop : node.props)
            wanted += prop.required ? 1 : 0;
        if (met == wanted)
            return;
        for (const SchemaProp& prop : node.props) {
            if (!prop.required || object.contains(prop.name))
                continue;
            report(step.member(prop.name), Kind::Missing,
                   [&] { return "is required (" + expectation(prop.value.node()) + ")"; });
        }
    }

    static std::string unknownText(const SchemaNode& node, std::string_view name) {
        std::vector<std::string_view> known;
        known.reserve(node.props.size());
        for (const SchemaProp& prop : node.props)
            known.push_back(prop.name);
        const std::string_view near = nearestName(name, known);
        std::string text = "unknown member";
        if (!near.empty())
            text.append("; did you mean \"").append(near).append("\"?");
        return text;
    }

    bool checkCount(const SchemaNode& node, const json::value& value, std::size_t count,
                    const Step& step) {
        const auto min = node.min.value_or(0);
        const auto max = node.max.value_or(static_cast<std::int64_t>(Schema::kMaxItems));
        const auto size = static_cast<std::int64_t>(count);
        if (size >= min && size <= max)
            return true;
        mismatch(node, value, step, size > max ? Kind::TooLarge : Kind::OutOfRange);
        return false;
    }

    void checkMap(const SchemaNode& node, const json::value& value, const Step& step) {
        const auto* object = value.if_object();
        if (object == nullptr)
            return mismatch(node, value, step, Kind::WrongType);
        if (!checkCount(node, value, object->size(), step))
            return;
        for (const auto& member : *object) {
            if (full())
                return;
            check(node.items[0].node(), member.value(), step.member(member.key()));
        }
    }

    void checkArray(const SchemaNode& node, const json::value& value, const Step& step) {
        const auto* array = value.if_array();
        if (array == nullptr)
            return mismatch(node, value, step, Kind::WrongType);
        if (!checkCount(node, value, array->size(), step))
            return;
        for (std::size_t i = 0; i < array->size() && !full(); ++i) {
            check(node.items[0].node(), (*array)[i], step.item(i));
        }
    }

    void checkString(const SchemaNode& node, const json::value& value, const Step& step) {
        const auto* text = value.if_string();
        if (text == nullptr)
            return mismatch(node, value, step, Kind::WrongType);
        const auto size = static_cast<std::int64_t>(characters({text->data(), text->size()}));
        const auto max = node.max.value_or(static_cast<std::int64_t>(Schema::kMaxText));
        if (size > max || size < node.min.value_or(0) ||
            !matchesFormat({text->data(), text->size()}, node.format)) {
            mismatch(node, value, step, Kind::OutOfRange);
        }
    }

    void checkInteger(const SchemaNode& node, const json::value& value, const Step& step) {
        if (!value.is_int64() && !value.is_uint64())
            return mismatch(node, value, step, Kind::WrongType);
        // Unsigned is what code makes of a size_t, and the parser of what is above 2^63.
        boost::system::error_code error;
        const auto number = value.to_number<std::int64_t>(error);
        if (error || (node.min && number < *node.min) || (node.max && number > *node.max)) {
            mismatch(node, value, step, Kind::OutOfRange);
        }
    }

    void checkNumber(const SchemaNode& node, const json::value& value, const Step& step) {
        if (!value.is_number())
            return mismatch(node, value, step, Kind::WrongType);
        const double number = value.to_number<double>();
        if ((node.min && number < static_cast<double>(*node.min)) ||
            (node.max && number > static_cast<double>(*node.max))) {
            mismatch(node, value, step, Kind::OutOfRange);
        }
    }

    void checkWord(const SchemaNode& node, const json::value& value, const Step& step) {
        const auto* text = value.if_string();
        if (text == nullptr)
            return mismatch(node, value, step, Kind::WrongType);
        for (const std::string& word : node.words) {
            if (word == std::string_view(text->data(), text->size()))
                return;
        }
        mismatch(node, value, step, Kind::OutOfRange);
    }

    void checkAnyOf(const SchemaNode& node, const json::value& value, const Step& step) {
        const Schema* sameShape = nullptr;
        int shapes = 0;
        for (const Schema& alternative : node.items) {
            Checker quiet(nullptr);
            quiet.check(alternative.node(), value, step);
            if (quiet.ok_)
                return;
            const SchemaKind kind = alternative.node().kind;
            const bool fits = value.is_array() ? kind == SchemaKind::Array
                                               : value.is_object() && (kind == SchemaKind::Object ||
                                                                       kind == SchemaKind::Map);
            if (!fits)
                continue;
            sameShape = &alternative;
            ++shapes;
        }
        // When it is clear which alternative was meant, its own problems say more.
        if (shapes == 1)
            return check(sameShape->node(), value, step);
        mismatch(node, value, step, Kind::WrongType);
    }

    std::vector<Problem>* problems_;
    std::size_t count_ = 0;
    bool ok_ = true;
};

} // namespace

bool Schema::check(const json::value& value, std::vector<Problem>& problems) const {
    return Checker(&problems).run(*node_, value);
}

bool Schema::accepts(const json::value& value) const {
    return Checker(nullptr).run(*node_, value);
}

} // namespace trellis::sdk
