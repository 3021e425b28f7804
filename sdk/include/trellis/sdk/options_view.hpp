/// Options over a checked JSON value, for hosts: where values come from and where problems go is
/// theirs to say. Plugins see Options only.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <trellis/sdk/options.hpp>

namespace trellis::sdk {

/// What a view asks its host. Pointers are JSON pointers from the root of the plugin's section.
class TRELLIS_API OptionsHost {
public:
    OptionsHost() = default;
    OptionsHost(const OptionsHost&) = delete;
    OptionsHost& operator=(const OptionsHost&) = delete;
    virtual ~OptionsHost();
    virtual std::string place(const std::string& pointer) const = 0;
    virtual bool isSet(const std::string& pointer) const = 0;
    virtual void reject(const std::string& pointer, const std::string& problem) const = 0;
};

class TRELLIS_API OptionsView final : public Options {
public:
    /// `root` and `host` must outlive the view. `pointer`: of `root`, "" at the top.
    OptionsView(const json::value& root, const OptionsHost& host, std::string pointer = {});
    ~OptionsView() override;

    bool has(std::string_view path) const override;
    bool isSet(std::string_view path) const override;
    const json::value& value(std::string_view path) const override;
    std::vector<const Options*> list(std::string_view path) const override;
    std::vector<std::string> keys(std::string_view path) const override;
    const Options& at(std::string_view name) const override;
    std::string place(std::string_view path) const override;
    void reject(std::string_view path, const std::string& problem) const override;

private:
    const json::value* find(std::string_view path) const;
    std::string pointerOf(std::string_view path) const;
    const Options& child(const json::value& value, const std::string& pointer) const;

    const json::value& root_;
    const OptionsHost& host_;
    std::string pointer_;
    mutable std::map<std::string, std::unique_ptr<OptionsView>> children_; ///< by pointer
};

/// A member name as one step of a JSON pointer (RFC 6901 section 3): '~' and '/' escaped.
TRELLIS_API std::string pointerStep(std::string_view name);

} // namespace trellis::sdk
