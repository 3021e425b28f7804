/// A plugin's own section of the configuration, already checked against the plugin's schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include <trellis/sdk/error.hpp>
#include <trellis/sdk/schema.hpp>

namespace trellis::sdk {

/// A read-only view of one node; every node knows where it was written.
///
/// Paths are member names joined with '.', relative to this node ("broker", "tls.verify"); "" is
/// the node itself, which is how a scalar in list() is read: `for (auto* item : o.list("hosts"))
/// item->text("")`. Names that contain a dot are reached through keys() and at().
///
/// The accessors throw Error{Internal} when the schema does not promise what is asked for (a key it
/// does not have, another type, an optional key that was left out without default): a fault of the
/// plugin, never of the configuration. Valid as long as the object that configure() received, i.e.
/// during configure(); copy what is needed later. One thread.
class TRELLIS_API Options {
public:
    Options() = default;
    Options(const Options&) = delete;
    Options& operator=(const Options&) = delete;
    virtual ~Options();

    /// Whether there is a value: written by the admin or from a default, and not null.
    virtual bool has(std::string_view path) const = 0;
    /// Whether the admin wrote it (file or environment), as opposed to a default.
    virtual bool isSet(std::string_view path) const = 0;
    /// The node with its defaults, secrets included: never log it.
    virtual const json::value& value(std::string_view path) const = 0;
    /// The items of an array, in order; empty when it is absent. Owned by this object.
    virtual std::vector<const Options*> list(std::string_view path) const = 0;
    /// The member names of an object or map, in the order they were written.
    virtual std::vector<std::string> keys(std::string_view path) const = 0;
    /// The member `name` (taken literally) of this object. Owned by this object.
    virtual const Options& at(std::string_view name) const = 0;
    /// Where it was written: "trellis.yaml:14:17", or "environment TRELLIS__X"; for an absent key
    /// the place of its parent.
    virtual std::string place(std::string_view path) const = 0;
    /// Reports `file:line:column: plugins.<id>.<path>: <problem>`. Does not throw, so that one pass
    /// reports everything; any report makes configure() count as failed.
    virtual void reject(std::string_view path, const std::string& problem) const = 0;

    std::int64_t integer(std::string_view path) const;
    double number(std::string_view path) const; ///< integers included
    bool flag(std::string_view path) const;
    std::string text(std::string_view path) const;
    std::chrono::seconds seconds(std::string_view path) const; ///< an integer whose unit is "s"
    std::chrono::milliseconds milliseconds(std::string_view path) const;
    std::vector<std::string> texts(std::string_view path) const; ///< an array of strings
    const Options& section(std::string_view path) const;         ///< an object; dots are steps
    /// text() of an optional key, `otherwise` when it is absent.
    std::string textOr(std::string_view path, std::string otherwise) const;
};

/// Options over a JSON value, without files: for FakeHost and tests.
///     OptionsFromJson options(schema, {{"broker", "localhost"}});
///     plugin.configure(options);
///     BOOST_TEST(options.problems().empty());
class TRELLIS_API OptionsFromJson final : public Options {
public:
    /// Checks `section` (null counts as {}) against `schema` and fills in the defaults. What is
    /// wrong with it is in problems(); the values are then those that were given.
    explicit OptionsFromJson(const Schema& schema, json::value section = json::object());
    ~OptionsFromJson() override;

    bool has(std::string_view path) const override;
    bool isSet(std::string_view path) const override;
    const json::value& value(std::string_view path) const override;
    std::vector<const Options*> list(std::string_view path) const override;
    std::vector<std::string> keys(std::string_view path) const override;
    const Options& at(std::string_view name) const override;
    std::string place(std::string_view path) const override; ///< "options" and the JSON pointer
    void reject(std::string_view path, const std::string& problem) const override;

    /// Lines such as `keep_alive_s: expected an integer from 5 to 3600 (seconds), got "soon"`, from
    /// the schema and from reject().
    const std::vector<std::string>& problems() const noexcept;

private:
    struct State;
    std::unique_ptr<State> state_;
};

} // namespace trellis::sdk
