/// Schemas: one declaration of a value's shape, used to check the YAML and the arguments of
/// commands, to draw settings forms and to write the reference pages and JSON Schema.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/fwd.hpp>

#include <trellis/sdk/error.hpp>

namespace trellis::sdk {

namespace json = boost::json;

struct SchemaNode; // <trellis/sdk/schema_node.hpp>: read by the host, not needed by plugins

/// What is wrong with one value.
struct Problem {
    enum class Kind : std::uint8_t {
        Missing = 1, ///< a required member is absent; `pointer` names the member
        WrongType,   ///< a string where an integer is expected, ...
        OutOfRange,  ///< right type, but too small, too large, too long, or not one of the words
        Unknown,     ///< a member that the schema does not have; the nearest name is in `message`
        TooLarge,    ///< deeper or longer than the limits below; nothing after it was looked at
    };
    std::string
        pointer; ///< JSON pointer (RFC 6901) below the checked value, "" for the value itself
    std::string message; ///< for people, without the pointer: `expected an integer, got "soon"`
    Kind kind = Kind::WrongType;
};

/// Formats of strings that are worth a check of their own. Each also refuses control characters.
enum class Format : std::uint8_t {
    None = 0,
    Line,       ///< any text without control characters (C0, DEL)
    Host,       ///< host name (RFC 1123 section 2.1) or IPv4/IPv6 address without brackets
    Address,    ///< IPv4 or IPv6 address
    Network,    ///< address, or address/prefix length (RFC 4632, RFC 4291 section 2.3)
    Url,        ///< absolute URL with scheme and host: "https://example.org/path"
    Email,      ///< one "local@host" (a sanity check, not RFC 5322)
    Hex,        ///< an even number of hexadecimal digits
    Identifier, ///< letter or underscore, then letters, digits, '_', '-', '.'
};

/// A cheap value: copies share their state, and a change made to one copy is not seen by the
/// others. Built on one thread; afterwards any number of threads may check with it at once.
/// Example:
///     Schema::object()
///         .prop("broker", Schema::string().range(1, 255), "Host name of the broker.")
///         .prop("keep_alive_s", Schema::integer().range(5, 3600).unit("s").byDefault(60), "...")
///         .required({"broker"});
class TRELLIS_API Schema {
public:
    Schema(); ///< the same as any()
    Schema(const Schema&);
    Schema(Schema&&) noexcept;
    Schema& operator=(const Schema&);
    Schema& operator=(Schema&&) noexcept;
    ~Schema();

    static Schema any();              ///< anything, null included
    static Schema object();           ///< named members; others are refused unless allowUnknown()
    static Schema map(Schema values); ///< members of any name, all of one shape
    static Schema array(Schema items);
    static Schema string();  ///< UTF-8
    static Schema integer(); ///< 64-bit signed; 3.0 is not an integer
    static Schema number();
    static Schema boolean();
    static Schema oneOf(std::initializer_list<std::string_view> words); ///< one of these strings
    static Schema oneOf(const std::vector<std::string>& words);
    /// The first alternative that accepts the value; its defaults apply. For wire members that are
    /// "an array or a string". In YAML an unquoted scalar is tried against each in order.
    static Schema anyOf(std::vector<Schema> alternatives);

    /// Adds or replaces a member of an object(). `doc`: one or two sentences, mandatory.
    Schema& prop(std::string name, Schema value, std::string doc);
    Schema& required(std::initializer_list<std::string_view> names);
    Schema& required(const std::vector<std::string>& names);
    /// Inclusive bounds: of the value (integer, number), of the length in characters (string), of
    /// the number of items (array) or members (map). Without it: string up to kMaxText, array and
    /// map up to kMaxItems.
    Schema& range(std::int64_t min, std::int64_t max);
    Schema& format(Format format);
    Schema& unit(std::string unit); ///< "s", "ms", "bytes", "%", ...: printed in errors and pages
    Schema& byDefault(json::value value);
    /// Never logged, never sent to a browser; in YAML it may be written as `!file path`.
    Schema& secret();
    /// An object() that tolerates members it does not know, as the MeshCentral wire needs. They
    /// stay in the value, bounded only in depth and by the size of the message.
    Schema& allowUnknown();
    Schema& nullable();              ///< JSON null (YAML ~) is accepted as well
    Schema& title(std::string text); ///< short heading for settings forms
    Schema& doc(std::string text);   ///< what prop() sets; for a schema that stands alone
    /// Configuration only: a change of this value needs a restart of the server, not a reload.
    Schema& needsRestart();

    /// JSON Schema 2020-12 without "$schema". Secrets are `writeOnly`, units `x-unit`.
    json::object toJsonSchema() const;

    /// Checks `value` and appends what is wrong, at most kMaxProblems entries: in the order of the
    /// members, those that are missing after the others. Returns true when nothing was. Never throws
    /// for any value, however deep. Does not change the value.
    bool check(const json::value& value, std::vector<Problem>& problems) const;
    /// True when `value` passes; tells nothing else and allocates nothing.
    bool accepts(const json::value& value) const;
    /// Adds the defaults of absent members, at every level; an absent object() is made if it has
    /// defaults and requires nothing. Call it on a value that passed check().
    void applyDefaults(json::value& value) const;
    /// check(), then applyDefaults() if that found nothing.
    bool checkAndFill(json::value& value, std::vector<Problem>& problems) const;
    /// Replaces every secret member by "***", for logs and audit records. Works on any value.
    void maskSecrets(json::value& value) const;

    const SchemaNode& node() const noexcept { return *node_; }

    static constexpr std::size_t kMaxDepth = 32;
    static constexpr std::size_t kMaxText = 64 * 1024; ///< characters
    static constexpr std::size_t kMaxItems = 10000;
    static constexpr std::size_t kMaxProblems = 20;

private:
    explicit Schema(std::shared_ptr<SchemaNode> node) noexcept;
    SchemaNode& edit();
    std::shared_ptr<SchemaNode> node_;
};

/// The nearest of `known` to `name` (edit distance, at most a third of the length), "" if none.
TRELLIS_API std::string_view nearestName(std::string_view name,
                                         const std::vector<std::string_view>& known);

} // namespace trellis::sdk
